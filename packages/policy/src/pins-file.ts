// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty, isPackageName } from '@bonafide/core'
import type { Json, JsonPath } from '@bonafide/core'
import { isSameIdentity } from './pins.ts'
import type { Pin, PinnedIdentity, Pins, Strength } from './pins.ts'
import { compareLines } from './release-line.ts'
import { StrictDocument, describe, quote } from './strict-document.ts'

const STRENGTHS = ['provenance', 'none'] as const

STRENGTHS satisfies readonly Strength[]

const IDENTITY_KEYS = [
  'trustDomain',
  'issuer',
  'repository',
  'repositoryId',
  'ownerId',
  'workflow',
  'signer',
  'refs',
  'triggers',
  'runners',
] as const

IDENTITY_KEYS satisfies readonly (keyof PinnedIdentity)[]

// What a client runs of a registry's package when it is installed.
const HOOKS = ['preinstall', 'install', 'postinstall'] as const

// A release line as `releaseLine` writes it, in one spelling: `1`, `0.30`.
const LINE = /^(?:0\.(?:0|[1-9]\d*)|[1-9]\d*)$/u

/**
 * Reads `bonafide.lock`. Takes keys and spaces in any order, since a merge may leave them so, and is strict on everything else; to
 * write the file in its one canonical form, use {@link renderPins}.
 *
 * @param file - the file as the user named it, for the error
 * @throws BonafideError BONAFIDE_PINS_MALFORMED
 */
export function parsePins(text: string, file: string): Pins {
  const document = new StrictDocument(text, file, 'BONAFIDE_PINS_MALFORMED')
  const root = document.object(document.root, [], ['version', 'packages'], ['exotic'])
  if (root['version'] !== 1)
    throw document.error(['version'], {
      found: describe(root['version']),
      wanted: '1',
      hint: 'this release reads version 1',
    })
  const packages = new Map<string, Pin>()
  for (const [name, value] of Object.entries(document.map(root['packages'], ['packages']))) {
    const path = ['packages', name]
    if (!isPackageName(name)) throw document.error(path, { found: quote(name), wanted: 'a package name' })
    const pin = document.object(value, path, ['identities', 'lines'], ['hooks'])
    packages.set(name, {
      identities: parseIdentities(document, pin['identities'], [...path, 'identities']),
      lines: parseLines(document, pin['lines'], [...path, 'lines']),
      hooks: parseHooks(document, pin['hooks'], [...path, 'hooks']),
    })
  }
  return { packages, exotic: parseExotic(document, root['exotic']) }
}

/** Writes `bonafide.lock`: everything sorted, one spelling, a line for each fact, so that a diff shows what changed and nothing else. */
export function renderPins(pins: Pins): string {
  const blocks = [...pins.packages]
    .sort(([left], [right]) => compare(left, right))
    .map(([name, pin]) => `    ${quote(name)}: ${renderPin(pin)}`)
  const packages = blocks.length === 0 ? '{}' : `{\n${blocks.join(',\n')}\n  }`
  const edges = pins.exotic.toSorted(compare).map((edge) => `    ${quote(edge)}`)
  const exotic = edges.length === 0 ? '' : `  "exotic": [\n${edges.join(',\n')}\n  ],\n`
  return `{\n  "version": 1,\n${exotic}  "packages": ${packages}\n}\n`
}

function parseIdentities(document: StrictDocument, value: Json | undefined, path: JsonPath): Pin['identities'] {
  if (value === 'none') return 'none'
  if (!Array.isArray(value))
    throw document.error(path, { found: describe(value), wanted: 'a list of identities or "none"' })
  const identities: PinnedIdentity[] = []
  for (const [index, element] of value.entries()) {
    const identity = parseIdentity(document, element, [...path, index])
    // Twice the same identity: an edit to one of them would change nothing, and nobody would see why.
    if (identities.some((other) => isSameIdentity(other, identity)))
      throw document.error([...path, index], { found: 'an identity twice', wanted: 'each identity once' })
    identities.push(identity)
  }
  // An empty list would say yes to nobody or to everybody, by the reader's mood.
  if (!isNonEmpty(identities))
    throw document.error(path, { found: 'an empty list', wanted: 'a list of identities or "none"' })
  return identities
}

function parseIdentity(document: StrictDocument, value: Json | undefined, path: JsonPath): PinnedIdentity {
  const identity = document.object(value, path, IDENTITY_KEYS, [])
  const text = (key: keyof PinnedIdentity): string => document.text(identity[key], [...path, key])
  const id = (key: 'repositoryId' | 'ownerId'): string | null => (identity[key] === null ? null : text(key))
  const texts = (key: keyof PinnedIdentity): readonly string[] => document.texts(identity[key], [...path, key])
  const refs = texts('refs')
  for (const [index, ref] of refs.entries()) {
    if (ref === 'tag' || ref === 'tags' || ref.startsWith('refs/')) continue
    throw document.error([...path, 'refs', index], {
      found: quote(ref),
      wanted: '"tag", "tags" or a whole ref',
      hint: `write refs/heads/${ref} for a branch`,
    })
  }
  return {
    trustDomain: text('trustDomain'),
    issuer: text('issuer'),
    repository: text('repository'),
    repositoryId: id('repositoryId'),
    ownerId: id('ownerId'),
    workflow: text('workflow'),
    signer: text('signer'),
    refs,
    triggers: texts('triggers'),
    runners: texts('runners'),
  }
}

function parseLines(document: StrictDocument, value: Json | undefined, path: JsonPath): ReadonlyMap<string, Strength> {
  const lines = new Map<string, Strength>()
  for (const [line, strength] of Object.entries(document.map(value, path))) {
    if (!LINE.test(line))
      throw document.error([...path, line], {
        found: quote(line),
        wanted: 'a release line',
        hint: 'a major such as "1", or "0.30" below 1.0.0',
      })
    lines.set(line, document.word(strength, [...path, line], STRENGTHS))
  }
  if (lines.size === 0) throw document.error(path, { found: 'no release line', wanted: 'one or more' })
  return lines
}

function parseHooks(document: StrictDocument, value: Json | undefined, path: JsonPath): readonly string[] {
  if (value === undefined) return []
  const hooks = document.texts(value, path)
  for (const [index, hook] of hooks.entries()) document.word(hook, [...path, index], HOOKS)
  return hooks
}

function parseExotic(document: StrictDocument, value: Json | undefined): readonly string[] {
  if (value === undefined) return []
  const edges = document.texts(value, ['exotic'])
  for (const [index, edge] of edges.entries()) {
    const at = edge.indexOf('@', 1)
    if (at !== -1 && at < edge.length - 1 && isPackageName(edge.slice(0, at))) continue
    throw document.error(['exotic', index], { found: quote(edge), wanted: 'a dependency as name@spec' })
  }
  return edges
}

function renderPin(pin: Pin): string {
  const identities =
    pin.identities === 'none' ? '"none"' : `[\n${pin.identities.map(renderIdentity).sort(compare).join(',\n')}\n      ]`
  const lines = [...pin.lines]
    .sort(([left], [right]) => compareLines(left, right))
    .map(([line, strength]) => `${quote(line)}: ${quote(strength)}`)
  const hooks = pin.hooks.length === 0 ? '' : `,\n      "hooks": ${renderTexts(pin.hooks)}`
  return `{\n      "identities": ${identities},\n      "lines": { ${lines.join(', ')} }${hooks}\n    }`
}

function renderIdentity(identity: PinnedIdentity): string {
  const fields = IDENTITY_KEYS.map((key) => {
    const value = identity[key]
    const json = typeof value === 'object' && value !== null ? renderTexts(value) : JSON.stringify(value)
    return `          ${quote(key)}: ${json}`
  })
  return `        {\n${fields.join(',\n')}\n        }`
}

function renderTexts(texts: readonly string[]): string {
  return `[${[...texts].sort(compare).map(quote).join(', ')}]`
}

// By code unit: the same order on every machine, whatever its language.
function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
