// SPDX-License-Identifier: Apache-2.0
// Whichever manager wrote the lockfile: a finding stands on the line of its version, in each form that is shown beside lines.
import t from 'tap'
import { startWorld, tarballUrl } from '../support/world.ts'
import { berryEntry, berryRoot, berryText, classicEntry, classicText } from '../lockfile/yarn-build.ts'

interface Locked {
  readonly integrity: string
  readonly registryUrl: string
}

const MANIFEST = { name: 'shop', version: '1.0.0', dependencies: { plain: '1.0.0' } }

const LOCKFILES: Readonly<Record<string, { readonly file: string; readonly text: (locked: Locked) => string }>> = {
  npm: {
    file: 'package-lock.json',
    text: ({ integrity, registryUrl }) =>
      JSON.stringify(
        {
          ...MANIFEST,
          lockfileVersion: 3,
          packages: {
            '': MANIFEST,
            'node_modules/plain': {
              version: '1.0.0',
              resolved: tarballUrl(registryUrl, 'plain', '1.0.0'),
              integrity,
            },
          },
        },
        null,
        2,
      ),
  },
  pnpm: {
    file: 'pnpm-lock.yaml',
    text: ({ integrity }) => `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      plain:
        specifier: 1.0.0
        version: 1.0.0

packages:

  plain@1.0.0:
    resolution: {integrity: ${integrity}}

snapshots:

  plain@1.0.0: {}
`,
  },
  'Yarn 1': {
    file: 'yarn.lock',
    text: ({ integrity, registryUrl }) =>
      classicText({
        'plain@1.0.0': classicEntry('plain', '1.0.0', {
          resolved: `${tarballUrl(registryUrl, 'plain', '1.0.0')}#${'0'.repeat(40)}`,
          integrity,
        }),
      }),
  },
  'Yarn 4': {
    file: 'yarn.lock',
    text: () => berryText({ 'plain@npm:1.0.0': berryEntry('plain'), ...berryRoot({ plain: 'npm:1.0.0' }) }),
  },
}

for (const [manager, { file, text }] of Object.entries(LOCKFILES)) {
  await t.test(`${manager}: a refused version is shown on its line of ${file}`, async (check) => {
    const world = await startWorld('annotations')
    check.teardown(() => world.close())
    const { integrity } = await world.release('plain', '1.0.0', { provenance: null })
    const lockfile = text({ integrity, registryUrl: world.sandbox.registryUrl })
    await world.write('package.json', JSON.stringify(MANIFEST))
    await world.write(file, lockfile)
    const verify = async (form: string): Promise<string> => {
      const { status, stdout } = await world.run(['verify', '--format', form, ...world.trust])
      check.equal(status, 1)
      return stdout
    }
    const annotations = (await verify('github')).split('\n').filter((line) => line.startsWith('::'))
    const found = annotations.flatMap(
      (line) => /^::error file=([^,]*),line=(\d+),title=provenance-missing::/u.exec(line) ?? [],
    )
    check.equal(found[1], file)
    check.match(lockfile.split('\n')[Number(found[2]) - 1], /plain/u)
    const line = Number(found[2])
    const issues = JSON.parse(await verify('gitlab')) as readonly object[]
    check.equal(issues.length, annotations.length)
    check.match(issues[0], { location: { path: file, lines: { begin: line } } })
    const sarif = JSON.parse(await verify('sarif')) as {
      readonly runs: readonly { readonly results: readonly object[] }[]
    }
    const place = { physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } } }
    check.match(sarif.runs[0]?.results[0], { locations: [place] })
  })
}
