// SPDX-License-Identifier: Apache-2.0
// The main job, shown: honest releases published, verified and installed, a stolen token refused on both sides. Ends with 0 when everything that could be done
// came out as documented. Options are handed to the live part, such as --registry URL.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tellAxiosStory } from './axios-story.ts'
import { corpusPart } from './corpus-part.ts'
import { livePart } from './live-part.ts'
import type { Part } from './part.ts'
import { publishingPart } from './publishing-part.ts'

const say = (text: string): void => console.log(text)

async function axiosPart(workDir: string, command: 'verify' | 'ci', summary: string): Promise<Part> {
  const chapters = await tellAxiosStory(workDir, command)
  for (const { title, command: typed, run } of chapters)
    say(`  ${title}\n\n  $ ${typed}\n${indent(run.stdout + run.stderr)}`)
  const wrong = chapters.filter(
    ({ run, expectedStatus, installed, expectedInstalled }) =>
      run.status !== expectedStatus || installed !== expectedInstalled,
  )
  if (wrong.length === 0) return { state: 'as documented', summary }
  const told = wrong.map(
    ({ title, run, installed }) => `${title}: exit code ${run.status}, installed: ${installed ?? 'nothing'}`,
  )
  return { state: 'not as documented', summary: told.join('; ') }
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gmu, '    ')
}

const workDir = await mkdtemp(join(tmpdir(), 'bonafide-demo-'))
try {
  const parts: readonly (readonly [title: string, folder: string, run: (folder: string) => Promise<Part>])[] = [
    [
      '1. The axios story, in a sandbox registry on loopback',
      'axios',
      (folder) => axiosPart(folder, 'verify', 'three honest releases accepted, the stolen-token release refused'),
    ],
    [
      '2. The same story, installed',
      'axios-ci',
      (folder) => axiosPart(folder, 'ci', 'honest releases installed, and nothing of the stolen-token release'),
    ],
    ['3. The same story from the other side: who releases', 'publishing', () => publishingPart(say)],
    ['4. Recorded real releases, against the public Sigstore root', 'corpus', (folder) => corpusPart(folder, say)],
    [
      '5. Real releases, live, from the registry in use',
      'live',
      (folder) => livePart(folder, process.argv.slice(2), say),
    ],
  ]
  const results: Part[] = []
  for (const [title, folder, run] of parts) {
    say(`\n${title}\n`)
    await mkdir(join(workDir, folder))
    const part = await run(join(workDir, folder))
    say(`  => ${part.state}: ${part.summary}`)
    results.push(part)
  }
  const done = results.filter(({ state }) => state === 'as documented').length
  const wrong = results.filter(({ state }) => state === 'not as documented').length
  say(`\n${done} of ${parts.length} parts done, ${wrong} not as documented`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await rm(workDir, { recursive: true, force: true })
}
