// SPDX-License-Identifier: Apache-2.0
// A transcript is a plain text: a heading in lines that begin with `# `, then commands (`$ bonafide verify`) with what they print, and
// events (`* somebody publishes ...`) that the set-up brings about. What a person types when asked follows the command in lines that begin
// with `> `; a command without them has nobody to ask. Lines of stderr begin with `! `; the exit code ends each command.

/** One thing of a transcript. */
export type Step =
  | { readonly kind: 'event'; readonly text: string }
  | {
      readonly kind: 'command'
      readonly text: string
      readonly answers: readonly string[]
      readonly output: string
    }

/** A transcript: what it shows, and what happens. */
export interface Transcript {
  readonly heading: string
  readonly steps: readonly Step[]
}

/** Reads a transcript. Throws where it has no heading or no step, so that an empty file is no passing test. */
export function parseTranscript(text: string): Transcript {
  const lines = text.split('\n')
  const body = lines.findIndex((line) => !line.startsWith('#'))
  const heading = lines.slice(0, body).join('\n')
  const steps: Step[] = []
  for (const block of lines
    .slice(body)
    .join('\n')
    .split(/^(?=[$*] )/mu)) {
    const [first = '', ...rest] = block.split('\n')
    if (first.startsWith('$ ')) steps.push(command(first.slice(2), rest))
    else if (first.startsWith('* ')) steps.push({ kind: 'event', text: first.slice(2) })
    else if (block.trim() !== '') throw new SyntaxError(`neither a command nor an event: ${first}`)
  }
  if (heading === '') throw new SyntaxError('a transcript says first what it shows, in lines that begin with #')
  if (steps.every(({ kind }) => kind === 'event')) throw new SyntaxError('a transcript without a command shows nothing')
  return { heading, steps }
}

function command(text: string, lines: readonly string[]): Step {
  const typed = lines.findIndex((line) => !line.startsWith('>'))
  const count = typed === -1 ? lines.length : typed
  const answers = lines.slice(0, count).map((line) => line.slice(2))
  return { kind: 'command', text, answers, output: trimEnd(lines.slice(count).join('\n')) }
}

/** Writes a transcript in its one form. */
export function renderTranscript({ heading, steps }: Transcript): string {
  const blocks = steps.map((step) =>
    step.kind === 'event'
      ? `* ${step.text}`
      : ['$ '.concat(step.text), ...step.answers.map((answer) => `> ${answer}`), trimEnd(step.output)].join('\n'),
  )
  return `${heading}\n\n${blocks.join('\n\n')}\n`
}

/** What a command printed, as a transcript has it. */
export function renderOutput(ran: {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}): string {
  const errors = ran.stderr.replaceAll(/^(?=.)/gmu, '! ')
  return `${ran.stdout}${errors}[exit ${ran.status}]`
}

/** Splits a command line into words; single quotes hold a word together. */
export function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

function trimEnd(text: string): string {
  return text.replace(/\n+$/u, '')
}
