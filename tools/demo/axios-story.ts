// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
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
 */
export async function tellAxiosStory(workDir: string): Promise<readonly Chapter[]> {
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
    const turn = async (title: string, words: readonly string[], expectedStatus: number): Promise<void> => {
      const run = await runBonafide([...words, ...options], workDir, join(workDir, 'cache'))
      chapters.push({ title, command: ['bonafide', ...words].join(' '), run, expectedStatus })
    }
    const release = async (version: string, day: string): Promise<Published> => {
      sandbox.clock.set(new Date(day))
      return sandbox.publish({ name: 'axios', version, provenance: BUILT })
    }

    await lock(workDir, [await release('1.13.5', '2026-02-08T16:28:00Z')])
    await turn('A project depends on axios 1.13.5 and adopts bonafide', ['init'], 0)
    await lock(workDir, [await release('1.13.6', '2026-02-27T18:10:00Z')])
    await turn('An update to 1.13.6, built by the same workflow', ['verify'], 0)
    await lock(workDir, [await release('1.14.0', '2026-03-27T19:01:00Z')])
    await turn('An update to 1.14.0, built by the same workflow', ['verify'], 0)

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
    await turn('An update to 1.14.1, which was published with a stolen token', ['verify'], 1)
    return chapters
  } finally {
    await sandbox.close()
  }
}

// As npm would write it, with what each version brings along.
async function lock(workDir: string, [root, ...others]: readonly [Published, ...Published[]]): Promise<void> {
  const dependencies = Object.fromEntries(others.map(({ name, version }) => [name, `^${version}`]))
  const packages = {
    '': { name: 'shop', version: '1.0.0', dependencies: { [root.name]: `^${root.version}` } },
    [`node_modules/${root.name}`]: { ...entry(root), ...(others.length === 0 ? {} : { dependencies }) },
    ...Object.fromEntries(others.map((other) => [`node_modules/${other.name}`, entry(other)])),
  }
  const document = { name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true, packages }
  await writeFile(join(workDir, 'package-lock.json'), `${JSON.stringify(document, null, 2)}\n`)
}

function entry({ version, integrity }: Published): object {
  return { version, integrity }
}
