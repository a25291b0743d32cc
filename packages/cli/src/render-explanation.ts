// SPDX-License-Identifier: Apache-2.0
import type { Explanation, PackageReport, Step } from '@bonafide/verify'
import { renderReport } from './render-report.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

const TONES: Readonly<Record<Step['outcome'], Tone>> = {
  shown: 'good',
  missing: 'doubt',
  unknown: 'doubt',
  failed: 'bad',
}

/** The chain of evidence as people read it, with the verdict at the end. */
export function renderExplanation(explanation: Explanation, terminal: Terminal): string {
  const steps = explanation.steps.map((step, index) => renderStep(step, index + 1, terminal))
  const packages = explanation.packages.map(withoutSelf)
  return `${steps.join('\n')}\n\n${renderReport({ ...explanation, packages }, terminal, 'version')}`
}

// To explain the version is no next step for whoever just had it explained.
function withoutSelf(item: PackageReport): PackageReport {
  const self = `bonafide explain ${item.name}@${item.version}`
  const findings = item.findings.map((finding) => ({
    ...finding,
    fix:
      finding.fix === self
        ? ''
        : finding.fix.startsWith(`${self}; `)
          ? finding.fix.slice(self.length + 2)
          : finding.fix,
  }))
  return { ...item, findings }
}

function renderStep({ step, outcome, facts }: Step, number: number, terminal: Terminal): string {
  const head = `${number}. ${paint(terminal, 'strong', step)}: ${paint(terminal, TONES[outcome], outcome)}`
  const rows = facts.map(([label, value]) => [printable(label), printable(value)] as const)
  const width = Math.max(0, ...rows.map(([label]) => label.length))
  return [head, ...rows.map(([label, value]) => `     ${label.padEnd(width)}  ${value}`)].join('\n')
}
