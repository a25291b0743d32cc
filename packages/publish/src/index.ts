// SPDX-License-Identifier: Apache-2.0
export type { CiJob, CiProvider } from './ci-job.ts'
export { PUBLISH_SCRIPTS, foreignScripts, runScripts } from './folder-scripts.ts'
export type { FailedScript, PublishScript } from './folder-scripts.ts'
export { preparePackage } from './prepare-package.ts'
export type { PackageSource } from './prepare-package.ts'
export type { Preparation, PreparedPackage } from './prepared-package.ts'
export type { PublishConfig } from './publish-config.ts'
