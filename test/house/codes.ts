// SPDX-License-Identifier: Apache-2.0
// Codes are promises to other programs: each is documented, each is produced somewhere, each is seen by a test.
import { isSource } from './repository.ts'
import type { HouseFile } from './repository.ts'
import { parseModule } from './syntax.ts'
import { holdsWord } from './word.ts'

/** A code with what has to stand beside it in its table: the rule of a finding, nothing for an error. */
export interface Code {
  readonly code: string
  readonly rule: string | null
}

const TABLE = 'docs/codes.md'
// Where codes are declared or explained: naming one there produces nothing.
const DECLARATIONS: ReadonlySet<string> = new Set([
  'packages/core/src/finding.ts',
  'packages/core/src/error.ts',
  'packages/cli/src/code-meanings.ts',
])

/** Codes that are not in the table of `docs/codes.md`, stand there twice or under another rule, and rows without a code. */
export function checkDocumented(files: readonly HouseFile[], codes: readonly Code[]): readonly string[] {
  const text = files.find(({ path }) => path === TABLE)?.text ?? ''
  const rows = [...text.matchAll(/^\| `([A-Za-z_-]+)` \| (?:`([a-z-]+)` \| )?/gmu)]
  const known = new Set(codes.map(({ code }) => code))
  const strangers = rows.filter(([, code = '']) => !known.has(code)).map(([, code]) => `${TABLE}: no such code ${code}`)
  const missing = codes.flatMap(({ code, rule }) => {
    const own = rows.filter((row) => row[1] === code)
    if (own.length !== 1) return [`${TABLE}: ${own.length} rows for ${code}`]
    return rule === null || own[0]?.[2] === rule ? [] : [`${TABLE}: ${code} belongs to ${rule}`]
  })
  return [...strangers, ...missing]
}

/** Codes that no source file produces. */
export function checkProduced(files: readonly HouseFile[], codes: readonly Code[]): readonly string[] {
  const sources = files.filter(({ path }) => isSource(path) && !DECLARATIONS.has(path)).map(parseModule)
  return codes.filter(({ code }) => !sources.some(({ strings }) => strings.has(code))).map(({ code }) => code)
}

/** Codes that no test names: in a test's own text, a case folder or a transcript. */
export function checkTested(files: readonly HouseFile[], codes: readonly Code[]): readonly string[] {
  const tests = files.filter(({ path }) => path.startsWith('test/') && !path.startsWith('test/house/'))
  // Whole words: `predicate-mismatch` is not named by `some-predicate-mismatch`.
  const isNamed = (code: string): boolean => tests.some(({ text }) => holdsWord(text, code, 'closed'))
  return codes.filter(({ code }) => !isNamed(code)).map(({ code }) => code)
}

/** Numbers of steps in the comments of the code that `docs/algorithm.md` does not tell: `// 3.4 Who signed it` wants `**3.4**` there. */
export function checkSteps(files: readonly HouseFile[]): readonly string[] {
  const prose = files.find(({ path }) => path === 'docs/algorithm.md')?.text ?? ''
  return files
    .filter(({ path }) => isSource(path))
    .flatMap(({ path, text }) => [...text.matchAll(/^ *\/\/ (\d\.\d+) /gmu)].map(([, step = '']) => ({ path, step })))
    .filter(({ step }) => !prose.includes(`**${step}**`))
    .map(({ path, step }) => `${path}: step ${step}`)
}
