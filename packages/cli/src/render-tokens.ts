// SPDX-License-Identifier: Apache-2.0
import { renderSeconds } from '@bonafide/credentials'
import type { JudgedToken, RevokedToken } from '@bonafide/credentials'
import { paint, printable } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

/** The tokens of an account, and by what they were judged. */
export interface ShownTokens {
  readonly username: string | null
  readonly registry: string
  readonly tokens: readonly JudgedToken[]
  /** Seconds. */
  readonly limit: number
  readonly now: Date
}

const HEAD = ['id', 'token', 'name', 'age', 'last use', 'ends', 'may', '2FA', 'verdict'] as const
// Characters of an id: enough to tell a thousand apart, and what --revoke takes.
const ID = 8
const NAME = 20
// Seconds by which the registry's clock may be ahead.
const CLOCK_SKEW = 300
const MINUTE = 60

/** The tokens of an account as a table, with the limits below and what that comes to. */
export function renderTokens(shown: ShownTokens, terminal: Terminal): string {
  const { tokens, limit } = shown
  if (tokens.length === 0) return `${whoseOf(shown)} has no tokens on its list\n`
  const bad = tokens.filter(({ verdict }) => verdict.kind === 'refused').length
  const footer = [
    `limit: ${renderSeconds(limit)} from making to end (publish.maxTokenLifetime, 7 days at most), never without an end`,
    ...(bad === 0
      ? [paint(terminal, 'good', 'no token that may publish outlives it')]
      : [
          `${paint(terminal, 'bad', `${bad} ${bad === 1 ? 'outlives' : 'outlive'} it`)}: whoever has a copy may publish`,
          '  next    bonafide doctor tokens --revoke',
        ]),
  ]
  return `${renderTokenTable(shown, terminal)}\n${footer.join('\n')}\n`
}

/** The table alone. */
export function renderTokenTable(shown: ShownTokens, terminal: Terminal): string {
  const { tokens, now } = shown
  const rows = tokens.map((judged) => cellsOf(judged, now))
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((cells) => widthOf(cells[column] ?? ''))))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => `${cell}${' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))}`).join('  ')
  const body = tokens.map(({ verdict, isInUse }, index) => {
    const cells = rows[index] ?? []
    const last = paint(terminal, TONES[verdict.kind], cells.at(-1) ?? '')
    return `${line(cells.slice(0, -1))}  ${last}${isInUse ? ' (in use)' : ''}`
  })
  const head = `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'} of ${whoseOf(shown)}`
  return [head, '', paint(terminal, 'quiet', line(HEAD).trimEnd()), ...body, ''].join('\n')
}

function whoseOf({ username, registry }: ShownTokens): string {
  return `${printable(username ?? 'the account')} at ${printable(registry)}`
}

const TONES: Readonly<Record<JudgedToken['verdict']['kind'], Tone>> = {
  allowed: 'good',
  listed: 'quiet',
  refused: 'bad',
  undecided: 'doubt',
}

function cellsOf(judged: JudgedToken, now: Date): readonly string[] {
  const { token } = judged
  return [
    token.key.slice(0, ID),
    token.shown,
    clip(printable(token.name ?? '')),
    ageOf(token.created, now),
    usedOf(token.accessed, now),
    endOf(judged, now),
    rightsOf(judged),
    token.bypass2fa === null ? 'unknown' : token.bypass2fa ? 'bypassed' : 'asked',
    verdictOf(judged),
  ]
}

function clip(text: string): string {
  const characters = Array.from(text)
  return characters.length <= NAME ? text : `${characters.slice(0, NAME - 1).join('')}…`
}

function widthOf(text: string): number {
  return Array.from(text).length
}

function ageOf(created: Date | null, now: Date): string {
  if (created === null) return 'unknown'
  const seconds = (now.getTime() - created.getTime()) / 1000
  if (seconds < -CLOCK_SKEW) return 'to come'
  return seconds < MINUTE ? 'new' : renderSeconds(seconds)
}

function usedOf(accessed: Date | null, now: Date): string {
  if (accessed === null) return 'never'
  const seconds = (now.getTime() - accessed.getTime()) / 1000
  return seconds < MINUTE ? 'just now' : `${renderSeconds(seconds)} ago`
}

function endOf({ token: { expires } }: JudgedToken, now: Date): string {
  if (expires === 'never') return 'never'
  if (expires === null) return 'unknown'
  const seconds = (expires.getTime() - now.getTime()) / 1000
  return seconds < 0 ? `${renderSeconds(-seconds)} ago` : `in ${renderSeconds(seconds)}`
}

const MAY = { 'read-only': 'read', 'stage-only': 'stage', write: 'write' } as const

function rightsOf({ token: { rights, scopes } }: JudgedToken): string {
  const named = scopes.filter(({ type }) => type !== 'org')
  const what =
    scopes.length === 0 || named.some(({ name }) => name === '*')
      ? 'everything'
      : named.length === 0
        ? 'no package'
        : named.length === 1
          ? clip(printable(named[0]?.type === 'scope' ? `${named[0].name}/*` : (named[0]?.name ?? '')))
          : `${named.length} packages`
  return `${MAY[rights]} ${what}`
}

function verdictOf({ verdict, lifetime }: JudgedToken): string {
  const lives = lifetime === null ? 'lives nobody knows how long' : `lives ${renderSeconds(lifetime)}`
  switch (verdict.kind) {
    case 'allowed':
      return `ok: ${lives}`
    case 'listed':
      return verdict.why === 'expired'
        ? 'has ended'
        : verdict.why === 'stage-only'
          ? `stages only, ${lives}`
          : 'reads only'
    case 'refused':
      return verdict.why === 'no-end' ? 'refused: no end' : `refused: ${lives}`
    case 'undecided':
      return 'undecided'
    default:
      throw new TypeError(`no such verdict: ${JSON.stringify(verdict satisfies never)}`)
  }
}

const OUTCOMES: Readonly<Record<RevokedToken['outcome'], readonly [Tone, string]>> = {
  revoked: ['good', 'revoked'],
  gone: ['good', 'was gone already'],
  denied: ['bad', 'NOT revoked: the registry does not let this token do it'],
  'otp-wanted': ['bad', 'NOT revoked: the registry wants a one-time password'],
  unconfirmed: ['doubt', 'perhaps revoked: the registry did not answer'],
  'not-tried': ['bad', 'NOT revoked: not tried after this'],
}

/** What became of tokens that were to be revoked, and what is left to do. */
export function renderRevoked(
  revoked: readonly RevokedToken[],
  chosen: readonly JudgedToken[],
  left: readonly JudgedToken[],
  terminal: Terminal,
): string {
  if (revoked.length === 0) return 'no token outlives the limit: nothing to revoke\n'
  const lines = revoked.map(({ key, outcome, detail }) => {
    const token = chosen.find((each) => each.token.key === key)?.token
    const [tone, words] = OUTCOMES[outcome]
    const shown = [key.slice(0, ID), token?.shown ?? '…', clip(printable(token?.name ?? ''))].join('  ')
    return `${shown}  ${paint(terminal, tone, words)}${detail === null ? '' : ` (${printable(detail)})`}`
  })
  const outcomes = new Set(revoked.map(({ outcome }) => outcome))
  const next = outcomes.has('otp-wanted')
    ? ['  next    the same command with --otp CODE, or at a terminal, where it is asked for']
    : outcomes.has('denied')
      ? ['  next    npm login, and the same command again: tokens that bypass 2FA may not revoke']
      : outcomes.has('unconfirmed')
        ? ['  next    bonafide doctor tokens, to see which are left; then the same command again']
        : left.length > 0
          ? [
              `${left.length} more ${left.length === 1 ? 'outlives' : 'outlive'} the limit`,
              '  next    bonafide doctor tokens --revoke',
            ]
          : []
  return `${[...lines, ...next].join('\n')}\n`
}

/** A token as `--json` prints it. */
export function tokenJson({ token, lifetime, verdict, isInUse }: JudgedToken): object {
  const { key, shown, name, created, accessed, expires, rights, scopes, bypass2fa, cidr } = token
  return {
    key,
    token: shown,
    name,
    created,
    accessed,
    expires,
    lifetime,
    rights,
    scopes,
    bypass2fa,
    cidr,
    inUse: isInUse,
    verdict: verdict.kind,
    why: 'why' in verdict ? verdict.why : null,
  }
}
