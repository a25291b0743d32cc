#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Plain JavaScript that old versions of Node.js can still parse and link, so that they get a sentence and not a stack trace: nothing is
// imported by a name that they may not have.
import module from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isSupported = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26

if (isSupported) {
  module.enableCompileCache()
  // Libraries that connect through a proxy print every header where it says "*", tokens included. What this starts still sees it.
  const env = { ...process.env }
  delete process.env.DEBUG
  const { main } = await import('bonafide')
  process.exitCode = await main({ argv: process.argv.slice(2), env, cwd: process.cwd() })
} else {
  console.error(`bonafide: error: Node.js ${process.version} is too old`)
  console.error('bonafide: hint: use Node.js 22.22, 24.15, 26 or newer')
  process.exitCode = 2
}
