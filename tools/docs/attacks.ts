// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
import { renderAttacksPage } from './attacks-page.ts'

await writeFile(new URL('../../docs/attacks.md', import.meta.url), await renderAttacksPage())
