// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, parseJson } from '@bonafide/core'

/**
 * Has pnpm work on with a `node_modules` that came from another store, and returns what gives the record its store back.
 *
 * pnpm notes in `node_modules/.modules.yaml` which store it linked from, and adds nothing from another one; that of a run is gone after it.
 */
export async function adoptStore(dir: string, store: string): Promise<() => Promise<void>> {
  const path = join(dir, 'node_modules', '.modules.yaml')
  const record = await readFile(path, 'utf8').catch(() => null)
  const adopted = record === null ? null : withStore(record, store)
  if (adopted === null) return async () => {}
  await writeFile(path, adopted.text)
  return async () => {
    const after = await readFile(path, 'utf8').catch(() => null)
    const given = after === null ? null : withStore(after, null, adopted.before)
    if (given !== null) await writeFile(path, given.text)
  }
}

// With the store's version below it, such as `v11`, as pnpm has it. Null where the text is not as pnpm writes it.
function withStore(
  record: string,
  store: string | null,
  exact: string = '',
): { readonly text: string; readonly before: string } | null {
  const document = parseJson(record)
  if ('problem' in document || !isJsonObject(document.value)) return null
  const { storeDir: before } = document.value
  if (typeof before !== 'string') return null
  const version = /[\\/]v\d+$/u.exec(before)?.[0] ?? ''
  const storeDir = store === null ? exact : `${store}${version}`
  return { text: `${JSON.stringify({ ...document.value, storeDir }, null, 2)}\n`, before }
}
