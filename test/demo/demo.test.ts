// SPDX-License-Identifier: Apache-2.0
// The parts of `npm run demo` that depend on where it runs: recorded releases, live ones, and a mirror that serves no attestations.
import { readdir } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { tellAxiosStory } from '../../tools/demo/axios-story.ts'
import { corpusPart } from '../../tools/demo/corpus-part.ts'
import { livePart } from '../../tools/demo/live-part.ts'
import { publishingPart } from '../../tools/demo/publishing-part.ts'
import { startCorpusRegistry } from '../support/corpus-registry.ts'
import { corpusPath, noCorpus } from '../support/corpus.ts'
import { gitProgram } from '../support/git.ts'

const noGit = gitProgram === undefined && 'no git'
const TRUST = [
  '--trusted-root',
  corpusPath('trust/trusted_root.public-good.json'),
  '--registry-keys',
  corpusPath('trust/npm-keys.tuf.json'),
]

/** A body as somebody on the way hands it on; null for "not found". */
type Change = (path: string, body: string) => string | null

/** The corpus' releases on loopback, behind a mirror that changes them. */
async function mirror(check: Test, change: Change): Promise<string> {
  const upstream = await startCorpusRegistry()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    get(new URL(request.url ?? '/', upstream.url), (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => void (text += part))
      answer.on('end', () => {
        const body = answer.statusCode === 200 ? change(path, text) : null
        response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' }).end(body ?? '{}')
      })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  check.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await upstream.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const isService = (path: string): boolean => path.startsWith('/-/npm/v1/')
const plain: Change = (path, body) => (isService(path) ? null : strip(body))
const whole: Change = (path, body) => (isService(path) ? null : body)

// As Verdaccio and its like do it: nothing of `dist` beyond what installing needs.
function strip(body: string): string {
  const document = JSON.parse(body) as { versions: Record<string, { dist: Record<string, unknown> }> }
  for (const { dist } of Object.values(document.versions)) {
    delete dist['signatures']
    delete dist['attestations']
  }
  return JSON.stringify(document)
}

async function live(check: Test, args: readonly string[]): Promise<{ readonly said: string; readonly state: string }> {
  const lines: string[] = []
  const part = await livePart(check.testdir({}), args, (text) => lines.push(text))
  return { state: part.state, said: [...lines, part.summary].join('\n') }
}

await t.test('the axios story comes out as documented', async (check) => {
  const chapters = await tellAxiosStory(check.testdir({}))
  check.equal(chapters.length, 4)
  for (const { title, run, expectedStatus } of chapters) check.equal(run.status, expectedStatus, title)
  check.strictSame(
    chapters.map(({ expectedStatus }) => expectedStatus),
    [0, 0, 0, 1],
  )
  check.strictSame(
    chapters.map(({ installed }) => installed),
    [null, null, null, null],
    'verify installs nothing',
  )
})

await t.test('the axios story, installed: what was honest is there, and nothing of what was stolen', async (check) => {
  const folder = check.testdir({})
  const chapters = await tellAxiosStory(folder, 'ci')
  check.strictSame(
    chapters.map(({ run, installed, expectedInstalled }) => [run.status, installed, expectedInstalled]),
    [
      [0, null, null],
      [0, '1.13.6', '1.13.6'],
      [0, '1.14.0', '1.14.0'],
      [1, '1.14.0', '1.14.0'],
    ],
  )
  const modules = await readdir(join(folder, 'node_modules'))
  check.strictSame(
    modules.filter((name) => !name.startsWith('.')),
    ['axios'],
  )
})

await t.test('the other side of the story comes out as documented', { skip: noGit }, async (check) => {
  const lines: string[] = []
  const part = await publishingPart((text) => lines.push(text))
  check.equal(part.state, 'as documented', part.summary)
  const said = lines.join('\n')
  for (const command of ['bonafide publish', 'bonafide ci', 'npm publish', 'bonafide watch'])
    check.ok(said.includes(`  $ ${command}`), command)
  for (const word of ['credential-long-lived', 'provenance-missing', 'watch-untagged', 'E403'])
    check.ok(said.includes(word), word)
})

await t.test('recorded releases: those that carry both attestations are trusted', { skip: noCorpus }, async (check) => {
  const lines: string[] = []
  const part = await corpusPart(check.testdir({}), (text) => lines.push(text))
  check.equal(part.state, 'as documented')
  check.match(part.summary, /^20 recorded real releases: 13 trusted, 7 refused/u)
  check.equal(lines.length, 20)
})

await t.test(
  'a registry that serves attestations: the real releases are verified live',
  { skip: noCorpus },
  async (check) => {
    const registry = await startCorpusRegistry()
    check.teardown(() => registry.close())
    const { state, said } = await live(check, ['--registry', registry.url, ...TRUST])
    check.equal(state, 'as documented', said)
    check.match(said, /trusted +@novnc\/novnc@1\.7\.0/u)
    check.match(said, /all trusted$/u)
  },
)

for (const [title, change] of [
  ['a mirror that drops signatures and attestations', plain],
  ['a mirror that hands on metadata whole, and serves no attestations', whole],
] as const) {
  await t.test(`${title}: not done, and why`, { skip: noCorpus }, async (check) => {
    const url = await mirror(check, change)
    const { state, said } = await live(check, ['--registry', url, ...TRUST])
    check.equal(state, 'not done', said)
    check.match(said, /serves neither attestations nor signing keys/u)
    check.notMatch(said, /refused|trusted/u)
  })
}

await t.test('Sigstore out of reach: not done, and why', { skip: noCorpus }, async (check) => {
  const registry = await startCorpusRegistry()
  const before = { ...process.env }
  check.teardown(async () => {
    process.env = before
    await registry.close()
  })
  // The discard port of the loopback interface in the place of a proxy: no real network is touched.
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9/'
  process.env['NO_PROXY'] = '127.0.0.1'
  const { state, said } = await live(check, ['--registry', registry.url])
  check.equal(state, 'not done', said)
  check.match(said, /trust root could not be fetched/u)
})

await t.test('a release that fails is not passed over', { skip: noCorpus }, async (check) => {
  const url = await mirror(check, (path, body) =>
    path.includes('attestations/@novnc') ? body.replaceAll('"integratedTime":"1', '"integratedTime":"2') : body,
  )
  const { state, said } = await live(check, ['--registry', url, ...TRUST])
  check.equal(state, 'not as documented', said)
  check.match(said, /refused +@novnc\/novnc@1\.7\.0/u)
})

await t.test('an option that does not exist is not called a network problem', async (check) => {
  const { state, said } = await live(check, ['--registri', 'x'])
  check.equal(state, 'not as documented')
  check.match(said, /unknown option --registri/u)
})
