// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RepositoryFiles } from './pipeline.ts'

// More than any file of settings has.
const LARGEST = 4 * 1024 * 1024

/** The files below a folder. What is no plain file is none: a pipe that somebody put there would be waited for. */
export function filesBelow(top: string): RepositoryFiles {
  return {
    read(path) {
      try {
        const file = join(top, path)
        const { size } = statSync(file)
        return isBelow(path) && statSync(file).isFile() && size <= LARGEST ? readFileSync(file, 'utf8') : null
      } catch {
        return null
      }
    },
    list(path) {
      try {
        return isBelow(path) ? readdirSync(join(top, path)).toSorted() : []
      } catch {
        return []
      }
    },
  }
}

function isBelow(path: string): boolean {
  return !path.split('/').includes('..') && !path.startsWith('/')
}
