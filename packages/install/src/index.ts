// SPDX-License-Identifier: Apache-2.0
export { defaultDataFolder } from './data-folder.ts'
export type { DataFolderSource } from './data-folder.ts'
export { findNpmCommand } from './npm-command.ts'
export type { NpmCommand } from './npm-command.ts'
export { runTool } from './run-tool.ts'
export { isInstalled, installTool, planTool } from './tool-folder.ts'
export { parseToolSpec } from './tool-spec.ts'
export type { ToolSpec } from './tool-spec.ts'
