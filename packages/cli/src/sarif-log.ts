// SPDX-License-Identifier: Apache-2.0
import { renderJson } from './render-json.ts'

// SARIF 2.1.0 (OASIS standard); section numbers in these comments are its.
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

/** A run of ours, as far as it differs from others. */
export interface SarifRun {
  readonly rules: readonly object[]
  readonly invocation: object
  readonly results: readonly object[]
  readonly properties: object
}

/** A log with one run. */
export function renderLog(version: string, { rules, invocation, results, properties }: SarifRun): string {
  const driver = { name: 'bonafide', version, semanticVersion: version, rules }
  const run = {
    tool: { driver },
    invocations: [invocation],
    columnKind: 'utf16CodeUnits',
    results,
    properties,
  }
  return renderJson({ $schema: SCHEMA, version: '2.1.0', runs: [run] })
}

/** What strangers wrote, already printable, as a message. */
export function messageOf(printed: string): object {
  // 3.11.5 and 3.11.6: braces are placeholders, brackets are links; what a stranger wrote is neither.
  return { text: printed.replaceAll(/[\\[\]]/gu, String.raw`\$&`).replaceAll(/[{}]/gu, '$&$&') }
}

/** A place in a file; one without a line is the file as a whole. */
export function locationOf(
  { file, line }: { readonly file: string; readonly line: number | null },
  id?: number,
): object {
  return {
    ...(id === undefined ? {} : { id }),
    physicalLocation: {
      artifactLocation: artifactOf(file),
      ...(line === null ? {} : { region: { startLine: line } }),
    },
  }
}

// A path is a URI's path once every part of it is escaped. Relative ones are below the repository's root, which is what GitHub calls it.
function artifactOf(file: string): object {
  const path = file.toWellFormed().split('/').map(encodeURIComponent).join('/')
  return path.startsWith('/') ? { uri: `file://${path}` } : { uri: path, uriBaseId: '%SRCROOT%' }
}
