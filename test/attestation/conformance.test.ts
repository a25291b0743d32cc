// SPDX-License-Identifier: Apache-2.0
// The defects of the sandbox's forgery kit, one folder each: `test/cases/attestation/DEFECT_refused`.
import { readFileSync, readdirSync } from 'node:fs'
import { DEFECT_NAMES, forge, honestDocument, startSandbox } from '@bonafide/sandbox'
import type { Defect } from '@bonafide/sandbox'
import t from 'tap'
import { isTrusted, verifyPublished } from './trust.ts'

interface Expected {
  readonly findings: readonly { readonly code: string; readonly entry?: string }[]
  /** What verifies all the same. */
  readonly evidence: readonly ('provenance' | 'publish')[]
}

const FOLDER = new URL('../cases/attestation/', import.meta.url)
const SUFFIX = '_refused'
const PROVENANCE = { repository: 'left-pad/left-pad' }

const folders = readdirSync(FOLDER).toSorted()
const sandbox = await startSandbox({ seed: 'conformance' })
t.teardown(() => sandbox.close())
const published = await sandbox.publish({ name: '@left/pad', version: '1.0.0', provenance: PROVENANCE })

function isDefect(name: string): name is Defect {
  return DEFECT_NAMES.some((defect) => defect === name)
}

await t.test('every defect has its folder, and every folder its defect', async (rule) => {
  rule.strictSame(folders, DEFECT_NAMES.map((defect) => `${defect}${SUFFIX}`).toSorted())
  for (const folder of folders) {
    const readme = readFileSync(new URL(`${folder}/README.md`, FOLDER), 'utf8')
    rule.match(readme, /^Attack: [^\n]+\nSource: [^\n]+\n$/u, folder)
  }
})

await t.test('the honest twin of all forgeries is trusted', async (rule) => {
  const attestationsText = JSON.stringify(honestDocument(sandbox, published, PROVENANCE))
  const outcome = verifyPublished(sandbox, { ...published, attestationsText })
  rule.ok(isTrusted(outcome))
  rule.strictSame(outcome.findings, [])
})

await t.test('each forgery is refused, for its own reason', async (rule) => {
  const reasons = new Map<string, Defect>()
  for (const folder of folders) {
    const defect = folder.slice(0, -SUFFIX.length)
    if (!isDefect(defect)) throw new Error(`no such defect: ${defect}`)
    const expected = JSON.parse(readFileSync(new URL(`${folder}/expected.json`, FOLDER), 'utf8')) as Expected
    const forgery = forge(sandbox, published, defect, PROVENANCE)
    const outcome = verifyPublished(sandbox, { ...published, attestationsText: forgery.text })
    rule.notOk(isTrusted(outcome), `${defect} is not trusted`)
    rule.strictSame(
      outcome.findings.map(({ code, entry }) => (entry === undefined ? { code } : { code, entry })),
      expected.findings,
      defect,
    )
    const evidence = [outcome.provenance, outcome.publish].flatMap((found) => (found === null ? [] : [found.kind]))
    rule.strictSame(evidence, expected.evidence, `${defect}: what verifies beside it`)
    // Two defects may share a code, but whoever reads the finding has to see which one it is. One fault in the two Rekors reads alike.
    const [first] = outcome.findings
    const reason = `${first?.code ?? ''}: ${first?.found ?? ''}${defect.startsWith('tile-') ? ' (Rekor v2)' : ''}`
    rule.equal(reasons.get(reason), undefined, `${defect} is told apart: ${reason}`)
    reasons.set(reason, defect)
  }
})
