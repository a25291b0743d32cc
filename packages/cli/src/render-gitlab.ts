// SPDX-License-Identifier: Apache-2.0
import type { BonafideError } from '@bonafide/core'
import type { Report } from '@bonafide/verify'
import { createFingerprints } from './fingerprint.ts'
import { partsOf, placedFindings } from './placed-finding.ts'
import type { PlacedFinding } from './placed-finding.ts'
import { renderJson } from './render-json.ts'
import { printable } from './terminal.ts'

// One issue of GitLab's Code Quality report: what its merge requests show beside the changed lines.
interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: 'minor' | 'major' | 'critical' | 'blocker'
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

const SEVERITIES: Readonly<Record<PlacedFinding['effect'], Issue['severity']>> = {
  refuses: 'critical',
  'leaves-open': 'major',
  warns: 'minor',
}

// An issue without a place is not shown at all.
const NOWHERE = { file: 'package.json', line: 1 }

/** A report as GitLab's Code Quality report: one issue for each finding, what refuses first. */
export function renderGitlab(report: Report): string {
  const fingerprintOf = createFingerprints()
  const issues = placedFindings(report).map((placed): Issue => {
    const { file, line } = placed.place ?? NOWHERE
    return {
      description: printable(`${placed.finding.code}: ${partsOf(placed).join('; ')}`),
      check_name: placed.finding.code,
      fingerprint: fingerprintOf(placed),
      severity: SEVERITIES[placed.effect],
      location: { path: printable(file), lines: { begin: line } },
    }
  })
  return renderJson(issues)
}

/** An error as the one issue of a report: an empty one would read as a clean one. */
export function renderErrorGitlab({ code, message, detail }: BonafideError): string {
  const { path, line, found, wanted, hint } = detail
  const parts = [message, ...[found, wanted, hint].filter((part) => part !== undefined)]
  const location = { path: printable(path ?? NOWHERE.file), lines: { begin: line ?? 1 } }
  const issue: Issue = {
    description: printable(`${code}: ${parts.join('; ')}`),
    check_name: code,
    fingerprint: code,
    severity: 'blocker',
    location,
  }
  return renderJson([issue])
}
