// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { PUBLISH_CODES } from '@bonafide/core'
import type { Place, PublishCode, PublishFinding } from '@bonafide/core'
import { CODE_MEANINGS } from './code-meanings.ts'
import { placeText } from './render-publish-finding.ts'
import { locationOf, messageOf, renderLog } from './sarif-log.ts'
import { printable } from './terminal.ts'

/** What a run about releases came to, beside its findings. */
export interface PublishRun {
  readonly version: string
  readonly exitCode: number
  /** The further places of a finding, beside the one where it stands. */
  readonly othersOf: (finding: PublishFinding) => readonly Place[]
  /** What names a file from the repository's folder. */
  readonly named: (file: string) => string
  readonly properties: object
}

// 3.27.9 and 3.27.10: what nobody could tell is `open`, and has no level.
const KINDS = {
  refuse: { kind: 'fail', level: 'error' },
  undecided: { kind: 'open', level: 'none' },
  warn: { kind: 'fail', level: 'warning' },
} as const

/**
 * Findings about releases as SARIF: one result for each, and a notification for what could not be decided, which makes the run an
 * unsuccessful one (3.20.14).
 */
export function renderPublishSarif(findings: readonly PublishFinding[], run: PublishRun): string {
  const codes = [...new Set(findings.map(({ code }) => code))].toSorted()
  const open = findings.filter(({ level }) => level === 'undecided')
  const fingerprintOf = createPublishFingerprints()
  return renderLog(run.version, {
    rules: codes.map(ruleOf),
    invocation: {
      executionSuccessful: open.length === 0,
      exitCode: run.exitCode,
      toolExecutionNotifications: open.map(({ code, subject, found }) => ({
        descriptor: { id: code },
        associatedRule: { id: code },
        level: 'error',
        message: messageOf(printable(`${subject}: found ${found}`)),
      })),
    },
    results: findings.map((finding) => resultOf(finding, codes.indexOf(finding.code), fingerprintOf(finding), run)),
    properties: run.properties,
  })
}

/** Makes fingerprints that stay the same wherever a finding stands; no two findings of one run share one. */
export function createPublishFingerprints(): (finding: PublishFinding) => string {
  const seen = new Map<string, number>()
  return ({ code, subject }) => {
    const key = JSON.stringify([code, subject])
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return createHash('sha256').update(`${key}${count}`).digest('hex')
  }
}

/** What a finding says, in one sentence. Foreign text. */
export function sentenceOf({ subject, found, wanted, fix }: PublishFinding): string {
  return [subject, `found ${found}`, `wanted ${wanted}`, ...fix.map((step) => `next ${step}`)].join('; ')
}

function ruleOf(code: PublishCode): object {
  const { meaning, help } = CODE_MEANINGS[code]
  const step = PUBLISH_CODES[code]
  return {
    id: code,
    shortDescription: { text: meaning },
    fullDescription: { text: `${step}: ${meaning}` },
    help: { text: help },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['security', 'supply-chain', step] },
  }
}

function resultOf(finding: PublishFinding, ruleIndex: number, fingerprint: string, run: PublishRun): object {
  const { code, step, level, subject, found, wanted, where, fix } = finding
  const others = run.othersOf(finding)
  return {
    ruleId: code,
    ruleIndex,
    ...KINDS[level],
    message: messageOf(printable(sentenceOf(finding))),
    locations: where === null ? [] : [placeOf(where, run)],
    ...(others.length === 0
      ? {}
      : { relatedLocations: others.map((other, index) => ({ id: index + 1, ...placeOf(other, run) })) }),
    partialFingerprints: { 'bonafide/v1': fingerprint, primaryLocationLineHash: `${fingerprint.slice(0, 16)}:1` },
    properties: { subject, step, found, wanted, next: fix },
  }
}

function placeOf(place: Place, { named }: PublishRun): object {
  if (place.kind === 'file') return locationOf({ file: named(place.path), line: place.line })
  // What is only in the history is shown at the path that it had there.
  const logical = { logicalLocations: [{ fullyQualifiedName: printable(placeText(place)) }] }
  if (place.kind !== 'commit' || place.path === null) return logical
  return { ...locationOf({ file: named(place.path), line: place.line }), ...logical }
}
