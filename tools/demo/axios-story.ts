// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { Published } from '@bonafide/sandbox'
import { runBonafide } from './bonafide.ts'
import type { Run } from './bonafide.ts'

/** One thing that happens, and what bonafide says to it. */
export interface Chapter {
  readonly title: string
  /** The command as a user would type it. */
  readonly command: string
  readonly run: Run
  readonly expectedStatus: number
  /** The version of axios that is in `node_modules` afterwards, and the one that should be; null for none. */
  readonly installed: string | null
  readonly expectedInstalled: string | null
}

const BUILT = {
  repository: 'axios/axios',
  repositoryId: '23088740',
  ownerId: '32372333',
  workflow: '.github/workflows/publish.yml',
  trigger: 'push',
} as const

/**
 * The axios break-in of March 2026, re-enacted in a sandbox registry on loopback: three releases by the project's own workflow, then one
 * that was published with a stolen token. The names are real; packages, keys and logs are the sandbox's own.
 *
 * @param command - what is typed at each update: `verify` judges the lockfile, `ci` installs it
 */
export async function tellAxiosStory(
  workDir: string,
  command: 'verify' | 'ci' = 'verify',
): Promise<readonly Chapter[]> {
  const sandbox = await startSandbox({ seed: 'axios', now: new Date('2026-01-20T10:00:00Z') })
  try {
    await writeFile(join(workDir, 'trusted_root.json'), sandbox.trustedRoot())
    await writeFile(join(workDir, 'keys.json'), sandbox.registryKeys('tuf'))
    const options = [
      '--registry',
      sandbox.registryUrl,
      '--trusted-root',
      'trusted_root.json',
      '--registry-keys',
      'keys.json',
    ]
    const chapters: Chapter[] = []
    let good: string | null = null
    const turn = async (title: string, words: readonly string[], expectedStatus: number): Promise<void> => {
      const run = await runBonafide([...words, ...options], workDir, join(workDir, 'cache'))
      const installed = await installedIn(workDir)
      const told = ['bonafide', ...words].join(' ')
      chapters.push({ title, command: told, run, expectedStatus, installed, expectedInstalled: good })
    }
    const update = async (title: string, version: string | null, expectedStatus: number): Promise<void> => {
      if (command === 'ci' && version !== null) good = version
      await turn(title, [command], expectedStatus)
    }
    const release = async (version: string, day: string): Promise<Published> => {
      sandbox.clock.set(new Date(day))
      return sandbox.publish({ name: 'axios', version, provenance: BUILT })
    }

    await lock(workDir, [await release('1.13.5', '2026-02-08T16:28:00Z')])
    await turn('A project depends on axios 1.13.5 and adopts bonafide', ['init'], 0)
    await lock(workDir, [await release('1.13.6', '2026-02-27T18:10:00Z')])
    await update('An update to 1.13.6, built by the same workflow', '1.13.6', 0)
    await lock(workDir, [await release('1.14.0', '2026-03-27T19:01:00Z')])
    await update('An update to 1.14.0, built by the same workflow', '1.14.0', 0)

    sandbox.clock.set(new Date('2026-03-30T23:59:00Z'))
    const dropper = await sandbox.publish({
      name: 'plain-crypto-js',
      version: '4.2.1',
      manifest: { scripts: { postinstall: 'node setup.js' } },
    })
    sandbox.clock.set(new Date('2026-03-31T00:21:00Z'))
    const stolen = await sandbox.publish({
      name: 'axios',
      version: '1.14.1',
      manifest: { dependencies: { 'plain-crypto-js': '^4.2.1' } },
    })
    await lock(workDir, [stolen, dropper])
    await update('An update to 1.14.1, which was published with a stolen token', null, 1)
    return chapters
  } finally {
    await sandbox.close()
  }
}

async function installedIn(workDir: string): Promise<string | null> {
  const text = await readFile(join(workDir, 'node_modules', 'axios', 'package.json'), 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as { readonly version: string }).version
}

// As npm would write it, with what each version brings along.
async function lock(workDir: string, [root, ...others]: readonly [Published, ...Published[]]): Promise<void> {
  const dependencies = Object.fromEntries(others.map(({ name, version }) => [name, `^${version}`]))
  const manifest = { name: 'shop', version: '1.0.0', dependencies: { [root.name]: `^${root.version}` } }
  const packages = {
    '': manifest,
    [`node_modules/${root.name}`]: { ...entry(root), ...(others.length === 0 ? {} : { dependencies }) },
    ...Object.fromEntries(others.map((other) => [`node_modules/${other.name}`, entry(other)])),
  }
  const document = { name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true, packages }
  await writeFile(join(workDir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(workDir, 'package-lock.json'), `${JSON.stringify(document, null, 2)}\n`)
}

function entry({ version, integrity }: Published): object {
  return { version, integrity }
}
