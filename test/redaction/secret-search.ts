// SPDX-License-Identifier: Apache-2.0
import { redact } from '@bonafide/core'

/** A secret that stands where it may not, and how it is spelt there. */
export interface SecretHit {
  /** Redacted. */
  readonly secret: string
  readonly spelling: Spelling
}

type Spelling = 'plain' | 'base64' | 'url-encoded'

interface Form {
  readonly text: string
  readonly secret: string
  readonly spelling: Spelling
}

// A leak is at least this long a part of a secret. Lists of tokens show eight of their characters, redaction shows four.
const SHORTEST = 12
// Of any twelve bytes in a row, every seventh offset has six of them behind it.
const GRAM = 6
const STRIDE = SHORTEST - GRAM + 1

/**
 * Looks for secrets, and for any twelve characters in a row of one, in what was printed and written: plain, in base64 at every offset, and
 * URL-encoded. Reads the text once, whatever the number of secrets.
 */
export class SecretSearch {
  readonly #forms: Form[] = []
  readonly #grams = new Set<number>()
  readonly #short = new Set<string>()
  readonly #known = new Set<string>()
  readonly #shown = new Set<string>()

  /** How many secrets are looked for. */
  get size(): number {
    return this.#known.size
  }

  /** Adds a secret. One of fewer than twelve characters is only found as a word of its own, and not in files. */
  add(secret: string): void {
    if (this.#known.has(secret) || this.#shown.has(secret)) return
    this.#known.add(secret)
    if (secret.length < SHORTEST) {
      this.#short.add(secret)
      return
    }
    // Of an identity token the signature is the secret: everybody may know what it says.
    const text = /^eyJ[\w-]+\.[\w-]+\.(?<signature>[\w-]{20,})$/u.exec(secret)?.groups?.['signature'] ?? secret
    for (const form of formsOf(text, secret)) {
      this.#forms.push(form)
      const bytes = Buffer.from(form.text, 'latin1')
      for (let at = 0; at + GRAM <= bytes.length; at += 1) this.#grams.add(bytes.readUIntBE(at, GRAM))
    }
  }

  /** Takes a secret out that somebody is meant to see, such as one that npm has just made. */
  allow(secret: string): void {
    this.#shown.add(secret)
    this.#known.delete(secret)
    this.#short.delete(secret)
  }

  /** The secrets that stand in some bytes; each once. */
  find(bytes: Buffer): readonly SecretHit[] {
    const found = new Map<string, SecretHit>()
    for (let at = 0; at + GRAM <= bytes.length; at += STRIDE) {
      if (!this.#grams.has(bytes.readUInt32BE(at) * 0x1_0000 + bytes.readUInt16BE(at + 4))) continue
      const form = this.#formAt(bytes, at)
      if (form !== undefined) found.set(form.secret, { secret: redact(form.secret), spelling: form.spelling })
    }
    return [...found.values()]
  }

  /** The same in what was printed, where short secrets count too. */
  findPrinted(bytes: Buffer): readonly SecretHit[] {
    const text = this.#short.size === 0 ? '' : bytes.toString('latin1')
    const short = [...this.#short].filter((secret) => holdsWord(text, secret))
    return [...this.find(bytes), ...short.map((secret) => ({ secret: redact(secret), spelling: 'plain' as const }))]
  }

  #formAt(bytes: Buffer, at: number): Form | undefined {
    for (let start = Math.max(0, at - STRIDE + 1); start <= at; start += 1) {
      const part = bytes.subarray(start, start + SHORTEST).toString('latin1')
      const form =
        part.length === SHORTEST
          ? this.#forms.find(({ text, secret }) => !this.#shown.has(secret) && text.includes(part))
          : undefined
      if (form !== undefined) return form
    }
    return undefined
  }
}

function formsOf(text: string, secret: string): readonly Form[] {
  const forms: Form[] = [{ text, secret, spelling: 'plain' }]
  const encoded = encodeURIComponent(text)
  if (encoded !== text) forms.push({ text: encoded, secret, spelling: 'url-encoded' })
  for (const before of [0, 1, 2]) {
    const length = before + Buffer.byteLength(text)
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
    // What its neighbours have no part in.
    const [from, to] = [Math.ceil((before * 4) / 3), Math.floor((length * 4) / 3)]
    for (const alphabet of ['base64', 'base64url'] as const)
      forms.push({ text: bytes.toString(alphabet).slice(from, to), secret, spelling: 'base64' })
  }
  return forms.filter((form) => form.text.length >= SHORTEST)
}

function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + word.length] ?? ' '}`
    if (!/[\w.+/=-]/u.test(around)) return true
  }
  return false
}
