// SPDX-License-Identifier: Apache-2.0
// npm run engine [-- FOLDER]: packs the engine and prints what a CI job pins.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packEngine } from './engine.ts'

const [folder = 'node_modules/.cache/engine'] = process.argv.slice(2)
const { version, bytes, sha512, packages } = packEngine()
mkdirSync(resolve(folder), { recursive: true })
const file = join(folder, `bonafide-engine-${version}.tgz`)
writeFileSync(resolve(file), bytes)
console.log(`${file}: ${packages.length} packages, ${bytes.length} bytes`)
console.log(`sha512 ${sha512}`)
