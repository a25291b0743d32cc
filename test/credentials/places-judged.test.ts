// SPDX-License-Identifier: Apache-2.0
// From the place to the finding: a long-lived token in each of the places is refused with that place, a short-lived one is not, and neither
// is one that only installs. Nothing of it is printed.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { publishVerdict } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { checkCredentials, examineCredentials, findCredentials } from '@bonafide/credentials'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'
import { credentialsBelongTo } from '../redaction/channels.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]

interface Place {
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly argv?: readonly string[]
}

// `<host>`, `<registry>` and `<token>` stand for the sandbox's and the token.
const PLACES: Readonly<Record<string, Place>> = {
  'the project’s .npmrc': { files: { 'pkg/.npmrc': '//<host>/:_authToken=<token>\n' } },
  'the user’s .npmrc': { files: { 'home/.npmrc': 'fund=false\n//<host>/:_authToken=<token>\n' } },
  'a key for the package': { files: { 'pkg/.npmrc': '//<host>/@acme%2frocket/:_authToken=<token>\n' } },
  'a variable that the user’s .npmrc names': {
    files: { 'home/.npmrc': '//<host>/:_authToken=${NODE_AUTH_TOKEN}\n' },
    env: { NODE_AUTH_TOKEN: '<token>' },
  },
  'a variable of npm': { env: { 'npm_config_//<host>/:_authToken': '<token>' } },
  'an option of npm': { argv: ['--//<host>/:_authToken=<token>'] },
  publishConfig: { manifest: { publishConfig: { '//<host>/:_authToken': '<token>' } } },
  NPM_TOKEN: { env: { NPM_TOKEN: '<token>' } },
  NODE_AUTH_TOKEN: { env: { NODE_AUTH_TOKEN: '<token>' } },
  'a variable of any name': { env: { DEPLOY: '<token>' } },
  'Yarn’s file': { files: { 'pkg/.yarnrc.yml': 'npmAuthToken: <token>\n' } },
  'Yarn’s file of the user': {
    files: { 'home/.yarnrc.yml': 'npmRegistries:\n  "//<host>":\n    npmAuthToken: <token>\n' },
  },
  'Yarn’s variable': { env: { YARN_NPM_AUTH_TOKEN: '<token>' } },
  'Bun’s file': { files: { 'pkg/bunfig.toml': '[install.registry]\nurl = "<registry>"\ntoken = "<token>"\n' } },
}

await t.test(
  'each place, with a token that outlives the limit, one that does not, and one to install with',
  async (check) => {
    const sandbox = await startSandbox()
    check.teardown(() => sandbox.close())
    const now = sandbox.clock.now()
    const { host } = new URL(sandbox.registryUrl)
    const at = (made: number, life: number): { readonly created: Date; readonly expiry: Date } => {
      const created = new Date(now.getTime() - made)
      return { created, expiry: new Date(created.getTime() + life) }
    }
    const long = sandbox.accounts.createToken(at(10 * DAY, 90 * DAY)).token
    const short = sandbox.accounts.createToken(at(HOUR / 2, HOUR)).token
    const reading = sandbox.accounts.createToken({ ...at(10 * DAY, 900 * DAY), permission: 'read' }).token

    const findingsOf = async (place: Place, token: string): Promise<readonly PublishFinding[]> => {
      const root = await mkdtemp(join(tmpdir(), 'bonafide-judged-'))
      credentialsBelongTo(join(root, '*'))
      const fill = (text: string): string =>
        text.replaceAll('<host>', host).replaceAll('<registry>', sandbox.registryUrl).replaceAll('<token>', token)
      const manifest = { name: '@acme/rocket', version: '1.0.0', ...place.manifest }
      const files = { 'home/empty': '', 'pkg/package.json': fill(JSON.stringify(manifest)), ...place.files }
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), fill(text))
      }
      const env = Object.fromEntries(Object.entries(place.env ?? {}).map((pair) => pair.map(fill) as [string, string]))
      const found = await findCredentials({
        cwd: join(root, 'pkg'),
        env: {
          HOME: join(root, 'home'),
          npm_config_registry: sandbox.registryUrl,
          YARN_NPM_REGISTRY_SERVER: sandbox.registryUrl,
          ...env,
        },
        argv: (place.argv ?? []).map(fill),
      })
      await rm(root, { recursive: true, force: true })
      const judged = await examineCredentials(found, {
        connectionTo: () => ({ rejectUnauthorized: true }),
        now,
        policy: { maxTokenLifetime: 3600 },
      })
      return checkCredentials(judged, found)
    }

    for (const [title, place] of Object.entries(PLACES)) {
      const refused = await findingsOf(place, long)
      check.equal(publishVerdict(refused), 'refused', title)
      check.ok(
        refused.length > 0 && refused.every(({ code, where }) => code === 'credential-long-lived' && where !== null),
        title,
      )
      check.match(refused[0]?.found, /^npm token npm_….{4}, made .*, lives 90 days, may write, of sandbox/u, title)
      check.notOk(
        JSON.stringify(refused).includes(long.slice(0, 8)) || JSON.stringify(refused).includes(long.slice(-8)),
        title,
      )
      check.strictSame(await findingsOf(place, short), [], `${title}: an hour`)
      check.strictSame(await findingsOf(place, reading), [], `${title}: to install with`)
    }
  },
)
