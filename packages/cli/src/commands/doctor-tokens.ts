// SPDX-License-Identifier: Apache-2.0
import { BonafideError, Secret, withoutLogin } from '@bonafide/core'
import { limitOf, readAccountTokens, revokeTokens } from '@bonafide/credentials'
import type { AccountTokens, JudgedToken, RevokedToken } from '@bonafide/credentials'
import { isLoopback, loadNpmSettings, parseRegistryUrl } from '@bonafide/registry'
import type { NpmSettings, TokenApiOptions } from '@bonafide/registry'
import { readOwnFiles } from '@bonafide/verify'
import { checkPersonDecides, confirm } from '../decision.ts'
import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { renderJson } from '../render-json.ts'
import { renderRevoked, renderTokenTable, renderTokens, tokenJson } from '../render-tokens.ts'
import { printable } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command, CommandInput } from './command.ts'

type Found = Extract<AccountTokens, { kind: 'found' }>

/** `bonafide doctor tokens` */
export const DOCTOR_TOKENS: Command = {
  name: 'doctor tokens',
  group: 'publish',
  operands: '[ID...]',
  summary: 'all tokens of the account at the registry, how long each lives, and revoking',
  title: 'all tokens of the account at the registry, how long each lives, and revoking',
  about: `Asks the registry of npm's configuration, by the token that npm's configuration has for it, for all tokens of the account, and judges
each as if it could publish: from its making to its end it may live as long as publish.maxTokenLifetime in bonafide.json says (default:
1 hour), 7 days at most, and never without an end. Exit 1 where one outlives that. --revoke revokes those, or the tokens with the IDs
(as the table shows them), after showing them and asking; the token that is in use goes last. Needs a terminal or --yes, and refuses under
CI. Sessions of npm login and tokens of jobs are on no list.`,
  options: ['revoke', 'yes', 'otp', 'registry', 'policy', 'now', 'json'],
  exits: [
    '0  no token that may publish outlives the limit, or all that did are revoked',
    '1  at least one outlives it',
    '2  wrong usage, or nothing that may read the list',
    '3  the registry did not answer; with --revoke, something was perhaps revoked',
  ],
  async run(words, input) {
    const { terminal, env, cwd } = input
    const isRevoking = words.has('revoke')
    if (isRevoking) {
      const line = ['bonafide doctor tokens --revoke', ...words.operands].join(' ')
      checkPersonDecides(env, terminal, words.has('yes'), line)
    } else checkOnlyLooking(words)
    const { policy } = await readOwnFiles({ cwd, dir: '.', policy: words.text('policy') })
    const api = await apiOf(words, input)
    const now = words.now() ?? new Date()
    const found = await askFor(api, { now, policy: policy.publish })
    const limit = limitOf(policy.publish)
    const chosen = isRevoking ? choose(found.tokens, words.operands) : null
    const revoked = chosen === null ? null : await revoke(chosen, found, limit, now, api, words, terminal)
    const left = remaining(found.tokens, revoked ?? [])
    const status = exitCodeOf(left, revoked ?? [])
    const verdict = status === EXIT.satisfied ? 'satisfied' : status === EXIT.refused ? 'refused' : 'undecided'
    if (words.has('json'))
      terminal.out(
        renderJson({
          schemaVersion: 1,
          verdict,
          ...(words.has('now') ? { simulated: true } : {}),
          now,
          registry: api.registry,
          username: found.username,
          limit,
          tokens: found.tokens.map(tokenJson),
          revoked,
        }),
      )
    else if (revoked === null) terminal.out(renderTokens({ ...found, registry: api.registry, limit, now }, terminal))
    else terminal.out(renderRevoked(revoked, chosen ?? [], left, terminal))
    return status
  },
}

// A word that would be obeyed together with another one must not be thought to have been obeyed.
function checkOnlyLooking(words: Words): void {
  const hint = 'bonafide doctor tokens --help'
  const [operand] = words.operands
  if (operand !== undefined)
    throw usage('an id, and nothing to do with it', { found: operand, wanted: `--revoke ${operand}`, hint })
  for (const name of ['yes', 'otp'] as const)
    if (words.has(name)) throw usage(`--${name} without --revoke`, { wanted: 'something to decide', hint })
}

/**
 * Whom to ask, and by what.
 *
 * @throws BonafideError `BONAFIDE_TOKENS_UNREADABLE` where npm has no token for the registry
 */
async function apiOf(words: Words, { cwd, env, terminal }: CommandInput): Promise<TokenApiOptions> {
  const named = words.text('registry')
  if (named !== undefined && parseRegistryUrl(named) === null)
    throw usage('--registry is no URL of a registry', { found: withoutLogin(named), wanted: 'an http(s) URL' })
  const settings = await loadNpmSettings({
    cwd,
    env,
    ...(named === undefined ? {} : { argv: [`--registry=${named}`] }),
  })
  return {
    registry: settings.registry,
    token: tokenFor(settings),
    connectionTo: settings.connectionTo,
    onPage: (read, total) => {
      if (total === null || total <= read) {
        if (terminal.live) terminal.err('\r\u001b[K')
      } else if (terminal.live) terminal.err(`\rread ${read} of ${total} tokens`)
      else terminal.err(`read ${read} of ${total} tokens\n`)
    },
  }
}

function tokenFor({ registry, authorize }: NpmSettings): Secret {
  const url = new URL(registry)
  const isPlain = url.protocol !== 'https:' && !isLoopback(url.hostname)
  const header = isPlain ? null : authorize(url)
  const token = /^Bearer (?<token>[!-~]+)$/u.exec(header ?? '')?.groups?.['token']
  if (token !== undefined) return new Secret(token)
  throw new BonafideError('BONAFIDE_TOKENS_UNREADABLE', 'npm’s configuration has nothing to ask with', {
    url: registry,
    found: isPlain
      ? 'a registry over plain http, to which no token is sent'
      : header === null
        ? 'no token for this registry'
        : 'a password, by which no registry shows its tokens',
    wanted: 'a token of the account, such as npm login leaves',
    hint: `npm login --registry=${registry}`,
  })
}

/**
 * @throws BonafideError `BONAFIDE_TOKENS_UNREADABLE` where the registry does not tell, `BONAFIDE_UNDECIDED` in an outage
 */
async function askFor(api: TokenApiOptions, rule: Parameters<typeof readAccountTokens>[1]): Promise<Found> {
  const answer = await readAccountTokens(api, rule)
  switch (answer.kind) {
    case 'found':
      return answer
    case 'denied':
      throw new BonafideError(
        'BONAFIDE_TOKENS_UNREADABLE',
        'the registry does not show this token the list of tokens',
        {
          url: answer.url,
          found: `HTTP ${answer.status}, for the token ${String(api.token)}`,
          wanted: 'a token that may read the list: a session of npm login may',
          hint: `npm login --registry=${api.registry}`,
        },
      )
    case 'absent':
      throw new BonafideError('BONAFIDE_TOKENS_UNREADABLE', 'the registry has no list of tokens', {
        url: answer.url,
        found: `HTTP ${answer.status}`,
        wanted: 'a registry with the token API of npm',
      })
    case 'unreachable':
    case 'nonsense':
      throw new BonafideError('BONAFIDE_UNDECIDED', 'the registry did not tell which tokens there are', {
        url: answer.url,
        found: answer.detail,
        hint: 'run it again',
      })
    default:
      throw new TypeError(`no such answer: ${JSON.stringify(answer satisfies never)}`)
  }
}

// An id, or as much of its beginning as the table shows, where that is the beginning of one only.
function choose(tokens: readonly JudgedToken[], ids: readonly string[]): readonly JudgedToken[] {
  if (ids.length === 0) return tokens.filter(({ verdict }) => verdict.kind === 'refused')
  const chosen = ids.map((id) => {
    const fitting = tokens.filter(({ token }) => token.key === id || (id.length >= 6 && token.key.startsWith(id)))
    const [only] = fitting
    if (only !== undefined && fitting.length === 1) return only
    throw usage(fitting.length === 0 ? 'the account has no such token' : 'more than one token begins like this', {
      found: id,
      wanted: 'the id of a token, as bonafide doctor tokens shows it',
      hint: 'bonafide doctor tokens',
    })
  })
  return [...new Set(chosen)]
}

async function revoke(
  chosen: readonly JudgedToken[],
  found: Found,
  limit: number,
  now: Date,
  api: TokenApiOptions,
  words: Words,
  terminal: Terminal,
): Promise<readonly RevokedToken[]> {
  if (chosen.length === 0) return []
  if (!words.has('yes')) {
    terminal.err(`${renderTokenTable({ ...found, tokens: chosen, registry: api.registry, limit, now }, terminal)}\n`)
    if (chosen.some(({ isInUse }) => isInUse))
      terminal.err('The token that this is done with is among them: it goes last, and npm has to log in again.\n')
    const count = chosen.length === 1 ? 'this token' : `these ${chosen.length} tokens`
    await confirm(
      terminal,
      `revoke ${count} of ${printable(found.username ?? 'the account')}`,
      [`revoke ${chosen.length}`],
      'revoked',
    )
  }
  const { ask } = terminal
  return revokeTokens(chosen, {
    api,
    otp: words.text('otp'),
    askOtp: ask === undefined ? undefined : async () => ask('one-time password of the account: '),
    onRevoked: (done, total) => {
      if (terminal.live) terminal.err(done === total ? '\r\u001b[K' : `\rrevoked ${done} of ${total}`)
      else if (done % 25 === 0) terminal.err(`revoked ${done} of ${total}\n`)
    },
  })
}

function remaining(tokens: readonly JudgedToken[], revoked: readonly RevokedToken[]): readonly JudgedToken[] {
  const gone = new Set(
    revoked.filter(({ outcome }) => outcome === 'revoked' || outcome === 'gone').map(({ key }) => key),
  )
  return tokens.filter(({ token, verdict }) => verdict.kind === 'refused' && !gone.has(token.key))
}

function exitCodeOf(left: readonly JudgedToken[], revoked: readonly RevokedToken[]): ExitCode {
  if (revoked.some(({ outcome }) => outcome === 'unconfirmed')) return EXIT.undecided
  const isDone = revoked.every(({ outcome }) => outcome === 'revoked' || outcome === 'gone')
  return left.length === 0 && isDone ? EXIT.satisfied : EXIT.refused
}
