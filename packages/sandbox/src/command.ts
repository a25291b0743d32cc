// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { BonafideError } from '@bonafide/core'
import { renderAnnouncement, renderAnnouncementJson } from './announcement.ts'
import type { Announcement } from './announcement.ts'
import { parseCommandLine } from './command-line.ts'
import type { StartOptions } from './command-line.ts'
import { startSandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'
import { writeSandboxFiles } from './sandbox-files.ts'

const HELP = `bonafide-sandbox: a registry and a Sigstore on loopback, for trying out what publishes to npm or verifies it

Usage: bonafide-sandbox [options]

Starts them, tells where they are and how npm, pnpm, Yarn and Bun find them, and runs until it is interrupted or its time is up.

Options
  --port NUMBER    the registry's port (default: any that is free)
  --seed TEXT      what all keys, tokens and passwords follow from (default: sandbox)
  --now ISO8601    where the clock stands (default: it runs with this machine's)
  --ttl SECONDS    when to stop, a week at most (default: 3600)
  --dir DIR        where to write trusted_root.json, keys.json, root.json and npmrc (default: a folder that goes at the end)
  --json           print one line of JSON
  -h, --help       this text

Exit codes
  0  stopped
  1  a fault of the sandbox
  2  wrong usage, a port that is taken, or a folder that cannot be written to

Everything in it is forgotten at the end, and everything in it can be forged by whoever knows the seed.
`

/** The `bonafide-sandbox` command: starts a sandbox, tells about it, waits, and returns the exit code. */
export async function main(argv: readonly string[]): Promise<0 | 1 | 2> {
  try {
    const invocation = parseCommandLine(argv)
    if (invocation.command === 'help') process.stdout.write(HELP)
    else await run(invocation)
    return 0
  } catch (error) {
    const known = error instanceof BonafideError ? error : systemError(error)
    if (known === null) {
      console.error('bonafide-sandbox: internal error:', error)
      return 1
    }
    const { found, wanted, hint } = known.detail
    const rows = Object.entries({ found, wanted, next: hint }).filter(([, text]) => text !== undefined)
    const lines = rows.map(([name, text]) => `  ${name.padEnd(6)}  ${printable(text ?? '')}\n`)
    process.stderr.write(`bonafide-sandbox: error: ${printable(known.message)}\n${lines.join('')}`)
    return 2
  }
}

async function run(options: StartOptions): Promise<void> {
  const { seed, port, now, json, dir, seconds } = options
  const sandbox = await startSandbox({ seed, port, now: now ?? new Date(), running: now === null })
  try {
    const { announcement, cleanUp } = await prepare(sandbox, dir, seconds)
    try {
      process.stdout.write(json ? renderAnnouncementJson(announcement) : renderAnnouncement(announcement))
      process.stderr.write(`bonafide-sandbox: stopped: ${await end(seconds)}\n`)
    } finally {
      await cleanUp()
    }
  } finally {
    await sandbox.close()
  }
}

async function prepare(
  sandbox: Sandbox,
  dir: string | null,
  seconds: number,
): Promise<{ readonly announcement: Announcement; readonly cleanUp: () => Promise<void> }> {
  const { accounts } = sandbox
  const account = accounts.user('sandbox')
  if (account === undefined) throw new TypeError('the sandbox has no account')
  const token = accounts.createToken({ user: account.name, name: 'bonafide-sandbox' })
  const files = await writeSandboxFiles(sandbox, token.token, dir)
  return {
    announcement: { sandbox, account, token, files, stops: new Date(Date.now() + seconds * 1000) },
    cleanUp: async () => {
      // Only what was made here is taken away.
      if (dir === null) await rm(files.folder, { recursive: true, force: true })
    },
  }
}

// Waits for a signal or the end of the time.
function end(seconds: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve('its time is up'), seconds * 1000)
  const interrupt = (signal: NodeJS.Signals): void => {
    clearTimeout(timer)
    resolve(signal)
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  return promise
}

function systemError(error: unknown): BonafideError | null {
  const { code, path, port } = error as NodeJS.ErrnoException & { readonly port?: number }
  if (code === 'EADDRINUSE' || (code === 'EACCES' && port !== undefined))
    return usage('the port cannot be had', String(port), 'leave --port out, and any that is free is taken')
  if (path !== undefined && code !== undefined)
    return usage(`the folder cannot be written to (${code})`, path, '--dir DIR names another')
  return null
}

function usage(message: string, found: string, hint: string): BonafideError {
  return new BonafideError('BONAFIDE_USAGE', message, { found, hint })
}

// Arguments and paths may hold what a terminal obeys, or what turns the direction of writing.
function printable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
