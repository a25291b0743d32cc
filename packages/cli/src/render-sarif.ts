// SPDX-License-Identifier: Apache-2.0
import type { BonafideError, FindingCode } from '@bonafide/core'
import { FINDING_CODES } from '@bonafide/core'
import type { Note, Report } from '@bonafide/verify'
import { CODE_MEANINGS } from './code-meanings.ts'
import { EXIT, exitCodeOfReport } from './exit-code.ts'
import { createFingerprints } from './fingerprint.ts'
import { partsOf, placedFindings, subjectOf } from './placed-finding.ts'
import type { PlacedFinding } from './placed-finding.ts'
import { renderNote } from './render-note.ts'
import { locationOf, messageOf, renderLog } from './sarif-log.ts'
import { printable } from './terminal.ts'

// Section numbers in these comments are those of SARIF 2.1.0 (OASIS standard).

/**
 * A report as SARIF: one result for each finding, what refuses first.
 *
 * What leaves a version open is a result of the kind `open` (3.27.9: not enough information to decide) and a notification of the level
 * `error`, which makes the run an unsuccessful one (3.20.14): nobody may read an outage as a clean run, nor as tampering.
 */
export function renderSarif(report: Report, version: string): string {
  const placed = placedFindings(report)
  const codes = [...new Set(placed.map(({ finding }) => finding.code))].toSorted()
  const fingerprintOf = createFingerprints()
  const open = placed.filter(({ effect }) => effect === 'leaves-open')
  const { verdict, counts, now, simulated, trust, evidenceRegistry } = report
  return renderLog(version, {
    rules: codes.map(ruleOf),
    invocation: {
      executionSuccessful: open.length === 0,
      exitCode: exitCodeOfReport(report),
      toolExecutionNotifications: [...open.map(openNotification), ...report.notes.flatMap(noteNotification)],
    },
    results: placed.map((one) => resultOf(one, codes.indexOf(one.finding.code), fingerprintOf(one))),
    properties: { verdict, counts, now, ...(simulated === true ? { simulated } : {}), trust, evidenceRegistry },
  })
}

/** An error as a run that came to nothing. */
export function renderErrorSarif({ code, message, detail }: BonafideError, version: string): string {
  const { path, line, found, wanted, hint } = detail
  const parts = [message, ...[found, wanted, hint].filter((part) => part !== undefined)]
  const notification = {
    descriptor: { id: code },
    level: 'error',
    message: messageOf(printable(parts.join('; '))),
    ...(path === undefined ? {} : { locations: [locationOf({ file: path, line: line ?? 1 })] }),
  }
  return renderLog(version, {
    rules: [],
    invocation: { executionSuccessful: false, exitCode: EXIT.usage, toolExecutionNotifications: [notification] },
    results: [],
    properties: {},
  })
}

function ruleOf(code: FindingCode): object {
  const { meaning, help } = CODE_MEANINGS[code]
  const rule = FINDING_CODES[code]
  return {
    id: code,
    shortDescription: { text: meaning },
    fullDescription: { text: `${rule}: ${meaning}` },
    help: { text: help },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['security', 'supply-chain', rule] },
  }
}

const KINDS: Readonly<Record<PlacedFinding['effect'], { readonly kind: string; readonly level: string }>> = {
  refuses: { kind: 'fail', level: 'error' },
  // 3.27.10: a result that is not of the kind `fail` has no level.
  'leaves-open': { kind: 'open', level: 'none' },
  warns: { kind: 'fail', level: 'warning' },
}

function resultOf(placed: PlacedFinding, ruleIndex: number, fingerprint: string): object {
  const { item, finding, effect, place, others } = placed
  const { code, rule, found, wanted, fix, entry } = finding
  const { exemption } = item
  return {
    ruleId: code,
    ruleIndex,
    ...KINDS[effect],
    message: messageOf(printable(partsOf(placed).join('; '))),
    locations: place === null ? [] : [locationOf(place)],
    ...(others.length === 0 ? {} : { relatedLocations: others.map((other, index) => locationOf(other, index + 1)) }),
    // By the second name GitHub knows an alert again; without it, it would take the text of the line.
    partialFingerprints: { 'bonafide/v1': fingerprint, primaryLocationLineHash: `${fingerprint.slice(0, 16)}:1` },
    ...(exemption?.rules.includes(rule) === true
      ? { suppressions: [{ kind: 'external', status: 'accepted', justification: printable(exemption.reason) }] }
      : {}),
    properties: {
      package: item.name,
      version: item.version,
      verdict: item.verdict,
      rule,
      found,
      wanted,
      next: fix,
      ...(entry === undefined ? {} : { entry }),
      ...(item.passes === null ? {} : { instead: item.passes }),
    },
  }
}

function openNotification({ item, finding, place }: PlacedFinding): object {
  return {
    descriptor: { id: finding.code },
    associatedRule: { id: finding.code },
    level: 'error',
    message: messageOf(printable(`${subjectOf(item)}: found ${finding.found}`)),
    ...(place === null ? {} : { locations: [locationOf(place)] }),
  }
}

function noteNotification(note: Note): readonly object[] {
  const text = renderNote(note)
  return text === '' ? [] : [{ descriptor: { id: note.code }, level: 'note', message: messageOf(text) }]
}
