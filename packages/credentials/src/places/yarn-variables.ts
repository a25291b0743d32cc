// SPDX-License-Identifier: Apache-2.0
type Environment = Readonly<Record<string, string | undefined>>

const START = /\\(?<escaped>[\\$}])|\$\{(?<name>[a-zA-Z]\w*)(?<operator>:-|-|(?=\}))/u

/**
 * Replaces `${NAME}`, `${NAME-text}` and `${NAME:-text}` as Yarn does; the text after `-` may hold variables itself. Where a variable is
 * not set and nothing stands in for it, Yarn stops: the text is left as it is then.
 */
export function expandForYarn(
  text: string,
  env: Environment,
): { readonly text: string; readonly missing: string | null } {
  const { text: expanded, missing } = expand(text, env, false)
  return missing === null ? { text: expanded, missing } : { text, missing }
}

interface Expanded {
  readonly text: string
  readonly missing: string | null
  /** What is left behind the brace that closes. */
  readonly rest: string
}

function expand(text: string, env: Environment, isNested: boolean): Expanded {
  let done = ''
  let missing: string | null = null
  let rest = text
  while (rest !== '') {
    const match = START.exec(rest)
    const close = isNested ? rest.indexOf('}') : -1
    if (close !== -1 && (match === null || close < match.index)) {
      return { text: done + rest.slice(0, close), missing, rest: rest.slice(close + 1) }
    }
    if (match === null) return { text: done + rest, missing, rest: '' }
    const { escaped, name = '', operator } = match.groups ?? {}
    done += rest.slice(0, match.index)
    rest = rest.slice(match.index + match[0].length)
    if (escaped !== undefined) {
      done += escaped
      continue
    }
    const inner = expand(rest, env, true)
    const value = env[name]
    const isSet = value !== undefined && (value !== '' || operator !== ':-')
    if (!isSet && operator === '') missing ??= name
    if (!isSet) missing ??= inner.missing
    done += isSet ? value : inner.text
    rest = inner.rest
  }
  return { text: done, missing, rest }
}
