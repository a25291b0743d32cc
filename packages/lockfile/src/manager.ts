// SPDX-License-Identifier: Apache-2.0
import type { Manager } from './entry.ts'

/** How people call a package manager, and what they type. */
export interface ManagerWords {
  readonly name: string
  /** Writes the lockfile and installs nothing, or as little as the manager can. */
  readonly lock: string
}

/** The words for each package manager. */
export const MANAGERS: Readonly<Record<Manager, ManagerWords>> = {
  npm: { name: 'npm', lock: 'npm install --package-lock-only' },
  pnpm: { name: 'pnpm', lock: 'pnpm install --lockfile-only' },
  'yarn-classic': { name: 'Yarn 1', lock: 'yarn install' },
  yarn: { name: 'Yarn', lock: 'yarn install --mode=update-lockfile' },
  bun: { name: 'Bun', lock: 'bun install --lockfile-only' },
}

const NAMES: ReadonlyMap<string, readonly Manager[]> = new Map<string, readonly Manager[]>([
  ['package-lock.json', ['npm']],
  ['npm-shrinkwrap.json', ['npm']],
  ['.package-lock.json', ['npm']],
  ['pnpm-lock.yaml', ['pnpm']],
  ['yarn.lock', ['yarn-classic', 'yarn']],
  ['bun.lock', ['bun']],
  ['bun.lockb', ['bun']],
])

/** Whose lockfile a file is by its name; empty where the name tells nothing. */
export function managersByName(file: string): readonly Manager[] {
  return NAMES.get(file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)) ?? []
}

/** Whose lockfile a text is by its first lines; null where they do not tell, as with npm's. */
export function managerByContent(text: string): Manager | null {
  const head = text.slice(0, 4096)
  if (head.startsWith('#!/usr/bin/env bun')) return 'bun'
  if (/^# yarn lockfile v1\s*$/mu.test(head)) return 'yarn-classic'
  if (/^__metadata:\s*$/mu.test(head)) return 'yarn'
  // the newest form is JSON, with the version as a text
  if (/^lockfileVersion:\s/mu.test(head) || /^\uFEFF?\s*\{\s*"lockfileVersion":\s*"\d+\.\d+"/u.test(head)) return 'pnpm'
  // bun.lock is JSON with trailing commas
  return /^\uFEFF?\{\s*"lockfileVersion":\s*\d+,\s*(?:"configVersion":\s*\d+,\s*)?"workspaces":\s*\{/u.test(head)
    ? 'bun'
    : null
}
