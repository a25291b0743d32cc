// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Replaces `${NAME}` and `${NAME?}` by the environment, as npm does. */
export const expandNpmVariables: (text: string, env: Readonly<Record<string, string | undefined>>) => string =
  require('@npmcli/config/lib/env-replace.js') as typeof expandNpmVariables
