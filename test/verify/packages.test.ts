// SPDX-License-Identifier: Apache-2.0
// Versions that no lockfile holds, judged one by one, as tools with a list of their own ask.
import t from 'tap'
import { openSources, readOwnFiles, verifyPackages } from '@bonafide/verify'
import type { PackageToVerify, Report } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'

const world = await startWorld('packages')
t.teardown(() => world.close())
const honest = await world.release('paint', '1.0.0')
const stolen = await world.release('paint', '1.0.1', { provenance: null })
const other = await world.release('brush', '1.0.0')
const SUM = honest.integrity

async function judged(packages: readonly PackageToVerify[]): Promise<Report> {
  const [, registry, , trustedRoot, , registryKeys] = world.trust
  const place = { cwd: world.project, dir: '.' }
  const now = new Date(world.sandbox.clock.now().getTime() + 30 * 24 * 60 * 60 * 1000)
  const sources = await openSources({ ...place, env: world.env, now, registry, trustedRoot, registryKeys })
  const { report } = await verifyPackages(packages, await readOwnFiles(place), sources, { simulated: true })
  await sources.close()
  return report
}

await t.test('an honest version, a stolen one, and other bytes under an honest name', async (check) => {
  const { packages, verdict } = await judged([
    { name: 'paint', version: '1.0.0', integrity: SUM },
    { name: 'paint', version: '1.0.1', integrity: stolen.integrity },
    { name: 'brush', version: '1.0.0', integrity: SUM },
  ])
  check.equal(verdict, 'refused')
  check.match(
    packages.map(({ name, version, verdict: own, findings: [first] }) => [name, version, own, first?.code]),
    [
      ['brush', '1.0.0', 'refused', 'lock-integrity-mismatch'],
      ['paint', '1.0.0', 'trusted', undefined],
      ['paint', '1.0.1', 'refused', 'regression-unpinned'],
    ],
  )
})

await t.test('a list of nothing is satisfied and says so', async (check) => {
  check.match(await judged([]), { verdict: 'satisfied', notes: [{ code: 'no-registry-dependencies' }] })
})

await t.test(
  'without an integrity the registry’s signed metadata binds the bytes, and the report says so',
  async (check) => {
    const { packages } = await judged([{ name: 'brush', version: '1.0.0', integrity: null }])
    check.match(packages, [{ verdict: 'trusted', integrity: other.integrity, findings: [{ level: 'warn' }] }])
  },
)

await t.test('another place than the registry’s is refused, and what is no version is an error', async (check) => {
  const resolved = 'http://127.0.0.1:9/brush/-/brush-1.0.0.tgz'
  const { packages } = await judged([{ name: 'brush', version: '1.0.0', integrity: other.integrity, resolved }])
  check.match(packages, [{ verdict: 'refused', findings: [{ code: 'lock-resolved-mismatch' }] }])
  await check.rejects(judged([{ name: 'brush', version: '^1.0.0', integrity: null }]), { code: 'BONAFIDE_USAGE' })
  await check.rejects(judged([{ name: '../brush', version: '1.0.0', integrity: null }]), { code: 'BONAFIDE_USAGE' })
})

const AT = ['--now', '2026-06-01T00:00:00Z'] as const

await t.test('the command judges a list in a file, without any lockfile', async (check) => {
  const list = [
    { name: 'paint', version: '1.0.0', integrity: SUM },
    { name: 'paint', version: '1.0.1' },
  ]
  await world.write('list.json', JSON.stringify(list))
  const { status, stdout } = await world.run(['verify', '--packages', 'list.json', '--json', ...AT, ...world.trust])
  check.equal(status, 1)
  const { packages } = JSON.parse(stdout) as Report
  check.match(packages, [
    { version: '1.0.0', verdict: 'trusted' },
    { version: '1.0.1', verdict: 'refused' },
  ])
})

function malformed(line: number): readonly unknown[] {
  return ['BONAFIDE_PACKAGES_MALFORMED', line]
}

await t.test('a list that is none is an error with its place, and nothing is asked', async (check) => {
  const codeOf = async (text: string, ...more: readonly string[]): Promise<unknown> => {
    await world.write('list.json', text)
    const asked = world.sandbox.requests.length
    const { status, stdout } = await world.run(['verify', '--packages', 'list.json', '--json', ...world.trust, ...more])
    check.equal(world.sandbox.requests.length, asked)
    check.equal(status, 2)
    const { error } = JSON.parse(stdout) as { error: { code: string; line?: number } }
    return [error.code, error.line]
  }
  check.strictSame(await codeOf('{}'), malformed(1))
  check.strictSame(await codeOf('[\n{"name":"paint","version":"^1.0.0"}]'), malformed(2))
  check.strictSame(await codeOf('[\n{"name":"../paint","version":"1.0.0"}]'), malformed(2))
  check.strictSame(await codeOf('[{"name":"paint","version":"1.0.0","integrty":""}]'), malformed(1))
  check.strictSame(await codeOf('[{"name":"paint","version":"1.0.0",\n"version":"1.0.1"}]'), malformed(2))
  check.strictSame(await codeOf('[{"name":"paint","version":"1.0.0","integrity":7}]'), malformed(1))
  check.strictSame(await codeOf('[null]'), malformed(1))
  check.strictSame(await codeOf('[{"name":'), malformed(1))
  check.strictSame(await codeOf('[]', '--lockfile', 'package-lock.json'), ['BONAFIDE_USAGE', undefined])
  const gone = await world.run(['verify', '--packages', 'gone.json', '--json', ...world.trust])
  check.match(JSON.parse(gone.stdout), { error: { code: 'BONAFIDE_PACKAGES_UNREADABLE', path: 'gone.json' } })
})
