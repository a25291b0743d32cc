// SPDX-License-Identifier: Apache-2.0
// What an attacker tries against a tool that fetches through a guard.
import t from 'tap'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openGuard } from '@bonafide/verify'
import type { Guard, GuardOptions } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'

const world = await startWorld('guard')
t.teardown(() => world.close())
const honest = await world.release('paint', '1.0.0')
const stolen = await world.release('paint', '1.0.1', { provenance: null })
const scoped = await world.release('@acme/brush', '1.0.0')
const base = world.sandbox.registryUrl

async function guarded<T>(use: (guard: Guard) => Promise<T>, more: Partial<GuardOptions> = {}): Promise<T> {
  const [, registry, , trustedRoot, , registryKeys] = world.trust
  const now = new Date(world.sandbox.clock.now().getTime() + 30 * 24 * 60 * 60 * 1000)
  const trust = { registry, trustedRoot, registryKeys }
  const guard = await openGuard({ cwd: world.project, dir: '.', env: world.env, now, ...trust, ...more })
  try {
    return await use(guard)
  } finally {
    await guard.close()
  }
}

await t.test('tarballs under their canonical URLs, scopes in both spellings', async (check) => {
  await guarded(async (guard) => {
    for (const path of ['@acme/brush/-/brush-1.0.0.tgz', '@acme%2fbrush/-/brush-1.0.0.tgz']) {
      const response = await guard.fetch(`${base}${path}`)
      check.equal(response.headers.get('content-length'), String((await response.arrayBuffer()).byteLength), path)
    }
    check.equal((await guard.fetchTarball(scoped)).integrity, scoped.integrity)
  })
})

await t.test('a stolen token’s version is refused, by each way to ask for it, and judged once', async (check) => {
  await guarded(async (guard) => {
    const refused = { code: 'BONAFIDE_REFUSED', cause: { verdict: 'refused' } }
    await check.rejects(guard.fetch(`${base}paint/-/paint-1.0.1.tgz`), refused)
    await check.rejects(guard.fetchTarball(stolen), refused)
    const asked = world.sandbox.requests.length
    await check.rejects(guard.fetchTarball(stolen), refused)
    check.equal(world.sandbox.requests.length, asked, 'nobody is asked again')
    check.notOk(world.sandbox.requests.some(({ path }) => path.endsWith('paint-1.0.1.tgz') && path.includes('/x/')))
  })
})

await t.test('other bytes under an honest name', async (check) => {
  await guarded(async (guard) => {
    await check.rejects(guard.fetchTarball({ ...honest, integrity: scoped.integrity }), {
      code: 'BONAFIDE_REFUSED',
      detail: { found: 'lock-integrity-mismatch' },
    })
    await check.rejects(guard.fetchTarball({ ...honest, resolved: `${base}@acme/brush/-/brush-1.0.0.tgz` }), {
      code: 'BONAFIDE_REFUSED',
      detail: { found: 'lock-resolved-mismatch' },
    })
  })
})

await t.test(
  'a way around the guard: other hosts, other spellings, other methods, archives under a metadata path',
  async (check) => {
    const archive = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]))
    })
    await new Promise<void>((resolve) => archive.listen(0, '127.0.0.1', resolve))
    check.teardown(() => archive.close())
    const other = `http://127.0.0.1:${(archive.address() as AddressInfo).port}/`
    const refused = { code: 'BONAFIDE_REFUSED' }
    await guarded(async (guard) => {
      for (const url of [
        `${other}paint/-/paint-1.0.0.tgz`,
        `${base}paint/-/paint-1.0.1.tgz?a=1`,
        `${base}brush/../paint/-/paint-1.0.1.tgz`,
        `${base}%2e%2e/paint/-/paint-1.0.1.tgz`,
        `${base.replace('//', '//user:secret@')}paint/-/paint-1.0.1.tgz`,
        `${base}@acme/brush/-/paint-1.0.1.tgz`,
      ])
        await check.rejects(
          guard.fetch(url).then(({ ok }) => (ok ? 'got through' : Promise.reject(new Error('an error page')))),
          url,
        )
      await check.rejects(guard.fetch(`${base}paint`, { method: 'PUT', body: '{}' }), refused)
      check.equal((await guard.fetch(`${base}nobody-has-this`)).status, 404)
      check.match(await (await guard.fetch(`${base}paint`)).json(), { name: 'paint' })
    })
    await guarded((guard) => check.rejects(guard.fetch(`${other}paint`), refused), { registry: other })
  },
)

await t.test('a registry that serves other bytes the second time, or none', async (check) => {
  await guarded(
    async (guard) => {
      check.equal((await guard.verify([honest])).verdict, 'satisfied')
      const path = '/paint/-/paint-1.0.0.tgz'
      const swapped = Buffer.from(await (await fetch(`${base}paint/-/paint-1.0.1.tgz`)).arrayBuffer())
      const other = world.sandbox.fault({ path }, { kind: 'edit', edit: () => swapped })
      await check.rejects(guard.fetchTarball(honest), { code: 'BONAFIDE_REFUSED', detail: { found: /^sha512-/u } })
      other()
      const down = world.sandbox.fault({ path }, { kind: 'status', status: 503 })
      await check.rejects(guard.fetchTarball(honest), { code: 'BONAFIDE_UNDECIDED' })
      down()
      check.equal((await guard.fetchTarball(honest)).integrity, honest.integrity, 'once it answers again')
    },
    { tarballs: false, cacheDir: check.testdir({}) },
  )
})
