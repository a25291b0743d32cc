// SPDX-License-Identifier: Apache-2.0
// What a module imports and which names it uses, from its syntax tree: a comment or a string never counts.
import { parseSync } from 'oxc-parser'
import type { HouseFile } from './repository.ts'

/** A node of the syntax tree, whose fields are looked at one by one. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

/** One way in which a module reaches another. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** Gone once types are stripped. */
  readonly isType: boolean
  readonly kind: 'static' | 'dynamic' | 'require'
  /** The names taken, `default` and `*` among them; empty where only the module's effect is wanted. */
  readonly names: readonly string[]
}

/** A parsed module. */
export interface ParsedModule {
  readonly path: string
  readonly imports: readonly Import[]
  /** Calls `visit` for each node that is still there once types are stripped, with its parent and the parent's field. */
  walk(visit: (node: SyntaxNode, parent: SyntaxNode | null, field: string) => void): void
  lineOf(node: SyntaxNode): number
  /** All string literals, template texts without substitutions included. */
  readonly strings: ReadonlySet<string>
}

/** Tells whether a value is a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Parses a module. Throws where it is none, so that nothing passes because it could not be read. */
export function parseModule({ path, text }: HouseFile): ParsedModule {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message ?? 'not a module'}`)
  const tree = program as unknown as SyntaxNode
  const lineOf = ({ start }: SyntaxNode): number => text.slice(0, start).split('\n').length
  const imports: Import[] = []
  const strings = new Set<string>()
  visitAll(tree, null, '', true, (node) => {
    const found = importOf(node)
    if (found !== null) imports.push({ ...found, line: lineOf(node) })
    if (node.type === 'Literal' && typeof node['value'] === 'string') strings.add(node['value'])
  })
  return { path, imports, strings, lineOf, walk: (visit) => visitAll(tree, null, '', false, visit) }
}

// Nodes of TypeScript that hold an expression which stays when the types go.
const WRAPPERS: ReadonlySet<string> = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
])

function visitAll(
  node: SyntaxNode,
  parent: SyntaxNode | null,
  field: string,
  withTypes: boolean,
  visit: (node: SyntaxNode, parent: SyntaxNode | null, field: string) => void,
): void {
  const isWrapper = WRAPPERS.has(node.type)
  if (!withTypes && node.type.startsWith('TS') && !isWrapper) return
  visit(node, parent, field)
  for (const [key, value] of Object.entries(node)) {
    if (!withTypes && isWrapper && key !== 'expression') continue
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) visitAll(child, node, key, withTypes, visit)
  }
}

function importOf(node: SyntaxNode): Omit<Import, 'line'> | null {
  switch (node.type) {
    case 'ImportDeclaration': {
      const specifiers = nodesOf(node['specifiers'])
      const isType =
        node['importKind'] === 'type' ||
        (specifiers.length > 0 && specifiers.every((one) => one['importKind'] === 'type'))
      return { specifier: textOf(node['source']), isType, kind: 'static', names: specifiers.map(importedName) }
    }
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      if (!isNode(node['source'])) return null
      const names = nodesOf(node['specifiers']).map((one) => nameOf(one['local']))
      const isType = node['exportKind'] === 'type'
      return { specifier: textOf(node['source']), isType, kind: 'static', names: names.length === 0 ? ['*'] : names }
    }
    case 'ImportExpression':
      return { specifier: textOf(node['source']), isType: false, kind: 'dynamic', names: ['*'] }
    case 'TSImportType':
      return { specifier: textOf(node['source'] ?? node['argument']), isType: true, kind: 'static', names: ['*'] }
    case 'CallExpression': {
      const [argument] = nodesOf(node['arguments'])
      if (!isRequire(node['callee']) || argument === undefined) return null
      return { specifier: textOf(argument), isType: false, kind: 'require', names: ['*'] }
    }
    default:
      return null
  }
}

// `require(…)`, `require.resolve(…)` and `createRequire(…)(…)`.
function isRequire(callee: unknown): boolean {
  if (!isNode(callee)) return false
  if (callee.type === 'MemberExpression') return isRequire(callee['object'])
  if (callee.type === 'CallExpression') return nameOf(callee['callee']) === 'createRequire'
  return nameOf(callee) === 'require'
}

function importedName(specifier: SyntaxNode): string {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default'
  return specifier.type === 'ImportNamespaceSpecifier' ? '*' : nameOf(specifier['imported'])
}

/** The name of an identifier; empty for any other node. */
export function nameOf(node: unknown): string {
  return isNode(node) && node.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : ''
}

/** The nodes of a list. */
export function nodesOf(list: unknown): readonly SyntaxNode[] {
  return Array.isArray(list) ? list.filter((item) => isNode(item)) : []
}

/** Stands for a specifier that is computed, and so could be anything. */
export const COMPUTED = '(computed)'

function textOf(node: unknown): string {
  return isNode(node) && typeof node['value'] === 'string' ? node['value'] : COMPUTED
}
