// SPDX-License-Identifier: Apache-2.0
// The pages lead somewhere: every link to a file or a heading of the repository has one, and the index knows every page.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'test/**/*.md'], { cwd: root }).filter(
  (page) => !page.includes('node_modules'),
)
const text = (page: string): string => readFileSync(join(root, page), 'utf8')

// What stands between fences and backticks is no link.
function prose(page: string): string {
  return text(page)
    .replaceAll(/^```[^]*?^```$/gmu, '')
    .replaceAll(/`[^`\n]*`/gu, 'code')
}

// A heading’s name as code hosts make it: lower case, spaces to dashes, without signs; a second one of a name is counted.
function anchors(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const names = text(page)
    .replaceAll(/^```[^]*?^```$/gmu, '')
    .matchAll(/^#+ (?<title>.+)$/gmu)
  return new Set(
    [...names].map(({ groups }) => {
      const name = (groups?.['title'] ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-')
      const count = seen.get(name) ?? 0
      seen.set(name, count + 1)
      return count === 0 ? name : `${name}-${count}`
    }),
  )
}

function deadLinks(page: string, from = prose(page)): readonly string[] {
  return [...from.matchAll(/\]\((?<target>[^)\s]+)\)/gu)].flatMap(({ groups }) => {
    const target = groups?.['target'] ?? ''
    if (/^[a-z]+:/u.test(target)) return []
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(root, file))) return [`${page}: ${target}`]
    return anchor === undefined || anchors(file).has(anchor) ? [] : [`${page}: ${target}`]
  })
}

await t.test('every link leads to a file or a heading that is there', async (check) => {
  check.ok(pages.length > 50, `${pages.length} pages`)
  check.strictSame(
    pages.flatMap((page) => deadLinks(page)),
    [],
  )
  check.strictSame(
    deadLinks(
      'docs/README.md',
      '[a](gone.md) [b](codes.md#gone) [c](codes.md#exit-codes) [d](https://registry.example/)',
    ),
    ['docs/README.md: gone.md', 'docs/README.md: codes.md#gone'],
  )
})

await t.test('the index of the documentation names every page', async (check) => {
  const index = text('docs/README.md')
  const unnamed = pages
    .filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    .map((page) => relative('docs', page))
    .filter((page) => !index.includes(`](${page})`))
  // Each recipe is named by the page that it belongs to, or here.
  const known = `${text('docs/ci.md')}${text('README.md')}`
  check.strictSame(
    unnamed.filter((page) => !known.includes(`${page})`)),
    [],
  )
})

await t.test('what is told of publishing names every page about it, once', async (check) => {
  const told = text('docs/publishing.md')
  const rows = [...told.matchAll(/^\| \[(?<page>[^\]]+)\]/gmu)].map(({ groups }) => groups?.['page'] ?? '')
  check.strictSame(rows, [...new Set(rows)])
  const unnamed = pages.filter(
    (page) => page.startsWith('docs/publishing/') && !told.includes(`](${relative('docs', page)})`),
  )
  check.strictSame(unnamed, [])
})
