// SPDX-License-Identifier: Apache-2.0
// Runs every transcript of test/transcripts again and compares. `BONAFIDE_UPDATE=1` writes what is printed now: read the difference.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { SET_UPS } from './set-ups.ts'
import { parseTranscript, renderOutput, renderTranscript, splitWords } from './transcript.ts'
import type { Step } from './transcript.ts'

const folder = fileURLToPath(new URL('../transcripts/', import.meta.url))
const isUpdate = process.env['BONAFIDE_UPDATE'] === '1'

const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).map((name) => name.slice(0, -4))

await t.test('every transcript has a set-up, and every set-up a transcript', async (check) => {
  check.strictSame([...names].sort(), [...SET_UPS.keys()].sort())
})

for (const name of names) {
  const setUp = SET_UPS.get(name)
  if (setUp === undefined) continue
  const file = `${folder}${name}.txt`
  const before = await readFile(file, 'utf8')
  const transcript = parseTranscript(before)
  await t.test(`${name}: ${transcript.heading.replaceAll(/^# ?/gmu, '').split('\n', 1).join('')}`, async (check) => {
    const world = await startWorld(name)
    check.teardown(() => world.close())
    const events = new Map(Object.entries(await setUp(world)))
    const wanted = new Set(events.keys())
    const steps: Step[] = []
    for (const step of transcript.steps) {
      if (step.kind === 'event') {
        const happen = events.get(step.text)
        if (happen === undefined) return check.fail(`the set-up knows no event "${step.text}"`)
        await happen()
        wanted.delete(step.text)
        steps.push(step)
      } else steps.push({ ...step, output: await output(step.text, step.answers, world) })
    }
    const after = renderTranscript({ ...transcript, steps })
    if (isUpdate && after !== before) await writeFile(file, after)
    check.strictSame([...wanted], [], 'every event of the set-up happens')
    check.equal(after, isUpdate ? after : before)
    return undefined
  })
}

async function output(line: string, answers: readonly string[], world: World): Promise<string> {
  const all = splitWords(line)
  const start = all.findIndex((word) => !/^[A-Z_]+=/u.test(word))
  const [program, ...words] = all.slice(start)
  const env = Object.fromEntries(all.slice(0, start).map((word) => word.split('=', 2) as [string, string]))
  if (program === 'cat') return plain((await Promise.all(words.map((name) => world.read(name)))).join(''), line, world)
  if (program !== 'bonafide') throw new SyntaxError(`transcripts run bonafide and cat, not ${program}`)
  return plain(renderOutput(await world.run([...words, ...hidden(words, world)], env, answers)), line, world)
}

// Who the sandbox is and what it is trusted for is the same in every transcript, and left out.
function hidden(words: readonly string[], { trust }: World): readonly string[] {
  const [command] = words
  if (
    command === undefined ||
    !['verify', 'explain', 'diff', 'init', 'pin', 'exempt', 'publish', 'watch'].includes(command)
  )
    return []
  return trust.filter((_, index) => !words.includes(trust[index - (index % 2)] ?? ''))
}

// What differs from run to run is written as a fixed word: ports, the folder, the sandbox's own trust material, and the clock where no
// time was given.
function plain(text: string, line: string, { sandbox, root }: World): string {
  const fixed = text
    .replaceAll(sandbox.registryUrl, 'http://registry.sandbox/')
    .replaceAll(new URL(sandbox.registryUrl).host, 'registry.sandbox')
    .replaceAll(`${root}/`, '<root>/')
    // Commits hold the registry's port.
    .replaceAll(
      /(?<=\()[0-9a-f]{12}(?=\))|(?<="judged-by-base",\s+"ref": "[^"]*",\s+"commit": ")[0-9a-f]{40}/gu,
      '<commit>',
    )
    // Whatever the sandbox's Sigstore learns changes its trust root, and nothing that these pages are about.
    .replaceAll(/(?<=let in from )[\dT:-]+Z/gu, '<then>')
    .replaceAll(/(?<=trust root: file |registry keys: file |"digest": ")sha256:[0-9a-f]+/gu, 'sha256:<digest>')
  if (line.startsWith('bonafide publish') || line === 'cat summary.md') return plainPublish(fixed, sandbox)
  return line.includes('--now ') ? fixed : fixed.replace(/^( +"now": ")[^"]*/mu, '$1<now>')
}

// A release is judged by the clock alone, and its Sigstore is where the policy says.
function plainPublish(text: string, { fulcioUrl, rekorUrl, ciUrl, timestampUrl }: World['sandbox']): string {
  const services = Object.entries({ fulcio: fulcioUrl, rekor: rekorUrl, ci: ciUrl, timestamp: timestampUrl })
  return services
    .reduce((told, [name, url]) => told.replaceAll(url, `http://${name}.sandbox`), text)
    .replaceAll(/127\.0\.0\.1&#58;\d+/gu, 'loopback')
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/gu, '<time>')
    .replaceAll(/(?<=stage approve |"stageId": ")[\da-f-]{36}/gu, '<id>')
    .replaceAll(/(?<="trustDomain": ")sha256:[0-9a-f]+/gu, 'sha256:<digest>')
}
