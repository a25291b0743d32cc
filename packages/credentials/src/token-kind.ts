// SPDX-License-Identifier: Apache-2.0
import { npmTokenShape } from './npm-token.ts'

/** What a credential is, by its documented shape alone. */
export type TokenKind = 'npm' | 'npm-wrong-checksum' | 'uuid' | 'unknown'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu

/** Tells what a credential is by its shape. Nobody is asked, and nothing is believed that it says. */
export function classifyToken(text: string): TokenKind {
  const npm = npmTokenShape(text)
  if (npm !== 'none') return npm === 'valid' ? 'npm' : 'npm-wrong-checksum'
  return UUID.test(text) ? 'uuid' : 'unknown'
}
