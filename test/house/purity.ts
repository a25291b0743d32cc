// SPDX-License-Identifier: Apache-2.0
// The pure packages touch no network, clock, file system, environment or chance: what they answer follows from what they are given.
import { dependenciesOf, isSource, readManifests, roomOf } from './repository.ts'
import type { HouseFile, Manifest } from './repository.ts'
import { isNode, nameOf, nodesOf, parseModule } from './syntax.ts'
import type { ParsedModule, SyntaxNode } from './syntax.ts'

/** The packages of the bottom rows. */
export const PURE: readonly string[] = ['core', 'attestation', 'lockfile', 'policy']

/** What pure code may take from Node.js, by name. Whatever is not here is refused, also what a later Node.js brings. */
const NODE: ReadonlyMap<string, readonly string[]> = new Map([
  // Digests and signature checks: functions of their arguments alone. Nothing that draws random numbers or makes keys.
  ['node:crypto', ['createHash', 'createPublicKey', 'verify', 'KeyObject', 'X509Certificate']],
  ['node:buffer', ['Buffer', 'isUtf8']],
])

/** What pure packages may install besides each other, and why each is pure itself. */
const DEPENDENCIES: ReadonlyMap<string, string> = new Map([
  ['@sigstore/verify', 'verifies bundles against given trust material; opens no connection, reads no clock'],
  ['@sigstore/bundle', 'narrows the JSON of a bundle to types'],
  ['@sigstore/core', 'ASN.1, X.509 and Merkle trees over node:crypto'],
  ['@sigstore/protobuf-specs', 'the messages of Sigstore, generated'],
])

// Globals that give the same answer on every machine and at every time. `Date` and `Math` are looked at more closely.
const GLOBALS: ReadonlySet<string> = new Set(
  `undefined NaN Infinity Object Array Map Set WeakMap WeakSet String Number Boolean BigInt Symbol Promise Iterator RegExp JSON Math Date
  Error TypeError RangeError SyntaxError Buffer Uint8Array ArrayBuffer DataView URL URLSearchParams TextEncoder TextDecoder
  parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent structuredClone`.split(/\s+/u),
)

// What this Node.js offers beyond them: the network, timers, the process, chance.
const IMPURE: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis).filter((name) => !GLOBALS.has(name)))

// The machine's language and time zone are its environment too.
const MACHINE: ReadonlySet<string> = new Set(
  `localeCompare toLocaleString toLocaleDateString toLocaleTimeString toLocaleUpperCase toLocaleLowerCase getTimezoneOffset
  getFullYear getMonth getDate getDay getHours getMinutes toDateString toTimeString`.split(/\s+/u),
)

/** Every place where a pure package reaches for something beyond its arguments. */
export function checkPurity(files: readonly HouseFile[]): readonly string[] {
  const modules = files.filter(({ path }) => isSource(path) && PURE.includes(roomOf(path) ?? '')).map(parseModule)
  const manifests = readManifests(files)
  return [...modules.flatMap(checkModule), ...PURE.flatMap((room) => checkDependencies(room, manifests.get(room)))]
}

function checkDependencies(room: string, manifest: Manifest | undefined): readonly string[] {
  if (manifest === undefined) return []
  const names = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) => [
    ...dependenciesOf(manifest, field).keys(),
  ])
  return names
    .filter((name) => !name.startsWith('@bonafide/') && !DEPENDENCIES.has(name))
    .map((name) => `packages/${room}/package.json: ${name} is not on the list of pure dependencies`)
}

function checkModule(module: ParsedModule): readonly string[] {
  const problems: string[] = []
  const report = (line: number, what: string): void => void problems.push(`${module.path}:${line}: ${what}`)
  for (const { specifier, line, kind, names, isType } of module.imports) {
    if (kind !== 'static') report(line, `${kind} import of ${specifier}`)
    else if (!specifier.startsWith('.') && !specifier.startsWith('@') && !NODE.has(specifier))
      report(line, `imports ${specifier}`)
    // A namespace or default import would bring everything along.
    const allowed = NODE.get(specifier)
    if (allowed === undefined || isType) continue
    for (const name of names.length === 0 ? ['its effects'] : names)
      if (!allowed.includes(name)) report(line, `imports ${name} of ${specifier}`)
  }
  const { imported, local } = declarationsOf(module)
  // A local that is named like a global of the machine: where it ends, the global begins, and nobody sees the difference.
  for (const name of local) if (IMPURE.has(name)) report(1, `a local by the name of the global ${name}`)
  module.walk((node, parent, field) => {
    const line = module.lineOf(node)
    if (node.type === 'MetaProperty') report(line, 'import.meta')
    if (node.type === 'MemberExpression' && MACHINE.has(propertyOf(node))) report(line, propertyOf(node))
    const name = nameOf(node)
    if (name === '' || !isReference(node, parent, field) || imported.has(name) || local.has(name)) return
    if (!GLOBALS.has(name)) report(line, name)
    else if (name === 'Date' && !isPureDate(parent, field)) report(line, 'the clock, by Date')
    else if (name === 'Math' && !isPureMath(parent, field)) report(line, 'Math.random')
  })
  return problems
}

// `new Date(x)`, `Date.parse(x)`, `Date.UTC(…)` and `x instanceof Date` are computations; everything else may read the clock.
function isPureDate(parent: SyntaxNode | null, field: string): boolean {
  if (parent?.type === 'NewExpression' && field === 'callee') {
    const [first] = nodesOf(parent['arguments'])
    return first !== undefined && first.type !== 'SpreadElement'
  }
  if (parent?.type === 'BinaryExpression') return parent['operator'] === 'instanceof' && field === 'right'
  return parent?.type === 'MemberExpression' && field === 'object' && ['parse', 'UTC'].includes(propertyOf(parent))
}

function isPureMath(parent: SyntaxNode | null, field: string): boolean {
  return parent?.type === 'MemberExpression' && field === 'object' && !['', 'random'].includes(propertyOf(parent))
}

function propertyOf(member: SyntaxNode): string {
  return member['computed'] === true ? '' : nameOf(member['property'])
}

// An identifier that stands for a value, not for the name of a property, a label or something imported or exported.
function isReference(node: SyntaxNode, parent: SyntaxNode | null, field: string): boolean {
  if (parent === null) return false
  switch (parent.type) {
    case 'MemberExpression':
      return field === 'object' || parent['computed'] === true
    case 'Property':
      // In `{ process }` key and value are one node written once; the value is what counts.
      return field === 'value' || parent['computed'] === true
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return field === 'value' || parent['computed'] === true
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
    case 'ExportSpecifier':
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return false
    default:
      return node.type === 'Identifier'
  }
}

// Every name that the module brings into being: imports, which hide a global in the whole module, and locals.
function declarationsOf(module: ParsedModule): { readonly imported: ReadonlySet<string>; readonly local: Set<string> } {
  const imported = new Set<string>()
  const local = new Set<string>()
  const bind = (pattern: unknown): void => {
    if (!isNode(pattern)) return
    if (pattern.type === 'Identifier') local.add(nameOf(pattern))
    else if (pattern.type === 'ObjectPattern') nodesOf(pattern['properties']).forEach(bind)
    else if (pattern.type === 'ArrayPattern') nodesOf(pattern['elements']).forEach(bind)
    else if (pattern.type === 'Property') bind(pattern['value'])
    else if (pattern.type === 'AssignmentPattern') bind(pattern['left'])
    else if (pattern.type === 'RestElement') bind(pattern['argument'])
  }
  module.walk((node) => {
    if (/^Import.*Specifier$/u.test(node.type)) imported.add(nameOf(node['local']))
    if (node.type === 'VariableDeclarator' || node.type === 'ClassDeclaration') bind(node['id'])
    if (node.type === 'CatchClause') bind(node['param'])
    if (/Function/u.test(node.type)) {
      bind(node['id'])
      nodesOf(node['params']).forEach(bind)
    }
  })
  return { imported, local }
}
