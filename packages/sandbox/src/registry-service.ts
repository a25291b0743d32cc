// SPDX-License-Identifier: Apache-2.0
import { Refusal, jsonReply } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'

/** Answers as npm's registry does: each request by the first that calls it its own. */
export function createRegistryService(handlers: readonly Handler[]): (asked: Asked) => Reply {
  return (asked) => {
    try {
      for (const handle of handlers) {
        const reply = handle(asked)
        if (reply !== null) return reply
      }
      return jsonReply(405, { error: 'Method Not Allowed' })
    } catch (error) {
      if (error instanceof Refusal) return error.reply
      throw error
    }
  }
}
