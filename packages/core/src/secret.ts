// SPDX-License-Identifier: Apache-2.0

/**
 * A text that must not be seen: a token, a password. It comes out by `reveal` alone; printed, logged, inspected or put into JSON it is
 * what {@link redact} leaves of it.
 *
 * A token in an error, a log, a snapshot or a report, from where others read it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The text itself, for the one place that sends it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return redact(this.#value)
  }

  toJSON(): string {
    return redact(this.#value)
  }
}

/** A text that should have been a registry's URL, without the user and the password that may stand in it. */
export function withoutLogin(text: string): string {
  return text.replace(
    /^(?<scheme>[a-z][a-z\d+.-]*:\/\/)?.*@/isu,
    (_, scheme: string | undefined) => `${scheme ?? ''}…@`,
  )
}

// Characters of a secret, below which eight of them would be too many.
const SHORT = 24

/** What may be shown of a secret: its first and last four characters, so that people can find it; nothing of a short one. */
export function redact(secret: string): string {
  return secret.length < SHORT ? '…' : `${secret.slice(0, 4)}…${secret.slice(-4)}`
}
