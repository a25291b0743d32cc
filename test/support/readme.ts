// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Imports the first TypeScript example of a package's README, as it stands there.
 *
 * @param folder - a folder below the project, in which the example finds the workspace's packages
 */
export async function importExample(name: string, folder: string): Promise<unknown> {
  const path = fileURLToPath(new URL(`../../packages/${name}/README.md`, import.meta.url))
  const code = /^```ts\n([\s\S]*?)^```$/mu.exec(await readFile(path, 'utf8'))?.[1]
  if (code === undefined) throw new Error(`${path} has no example`)
  const file = join(folder, 'example.ts')
  await writeFile(file, code)
  return import(pathToFileURL(file).href)
}
