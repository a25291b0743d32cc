// SPDX-License-Identifier: Apache-2.0

/** JSON with sorted keys and no white space, as Rekor signs it (RFC 8785, as far as these documents need it). */
export function canonicalJson(value: unknown): string {
  return canonical(value, JSON.stringify)
}

/** The older canonical form that TUF signs: it escapes nothing but the quote and the backslash (OLPC canonical JSON). */
export function olpcJson(value: unknown): string {
  return canonical(value, (text) => `"${text.replaceAll(/["\\]/gu, String.raw`\$&`)}"`)
}

function canonical(value: unknown, quote: (text: string) => string): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, quote)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${quote(key)}:${canonical(member, quote)}`).join(',')}}`
}
