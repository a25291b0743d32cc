// SPDX-License-Identifier: Apache-2.0
import { isPackageName, isVersion } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { constant, jsonSchema, list, object, optional, record, required, text } from './schema.ts'
import type { KeyRow } from './schema.ts'
import { StrictDocument } from './strict-document.ts'

/** What a person has looked at and recorded of a package, so that what differs from it is news. */
export interface RecordedPackage {
  /** Who may publish by hand, by the registry's user names. */
  readonly maintainers: readonly string[]
  /** The configurations of trusted publishing by which it is released, by the ids that the registry shows. */
  readonly publishers: readonly string[]
  /** The release line that `latest` stays on; null where it follows the newest release. */
  readonly latest: string | null
  /** Versions that are deprecated on purpose. */
  readonly deprecated: readonly string[]
  /** Versions that were released and taken away on purpose. */
  readonly withdrawn: readonly string[]
  /** Versions that are good although no tag, no provenance or another job stands behind them: their sha512, which they keep. */
  readonly versions: ReadonlyMap<string, string>
}

/** What a repository has recorded of its packages, by their names: `bonafide.watch.json`. */
export type WatchRecord = ReadonlyMap<string, RecordedPackage>

const VERSION = text({ wanted: 'an exact version', maxLength: 256, isOne: isVersion })
const versions = list(VERSION, { of: 'exact versions' })

const FORM = object({
  version: required(constant(1, 'this release reads version 1'), "The version of this file's form."),
  packages: required(
    record(
      text({ wanted: 'a package name', maxLength: 214, isOne: isPackageName }),
      object({
        maintainers: required(
          list(text({ wanted: 'a user name' }), { of: 'user names' }),
          'Who may publish by hand, as the registry shows them.',
        ),
        publishers: required(
          list(text({ wanted: 'an id of trusted publishing' }), { of: 'ids' }),
          'The configurations of trusted publishing that release it, as the registry shows them.',
        ),
        latest: optional(
          text({ wanted: 'a release line such as 1 or 0.4', pattern: /^(?:0\.(?:0|[1-9]\d*)|[1-9]\d*)$/u }),
          'The release line that `latest` stays on. Default: it follows the newest release.',
        ),
        deprecated: required(versions, 'Versions that are deprecated on purpose.'),
        withdrawn: required(versions, 'Versions that were released and taken away on purpose.'),
        versions: required(
          record(VERSION, text({ wanted: 'one sha512', pattern: /^sha512-[A-Za-z0-9+/]{85}[AQgw]==$/u }), '<version>'),
          'Versions that are good although no tag, no provenance or another job stands behind them: their integrity.',
        ),
      }),
      '<name>',
    ),
    'The packages of this repository, by their names.',
  ),
})

/** The JSON Schema of `bonafide.watch.json`. */
export function watchSchema(): JsonObject {
  return jsonSchema('bonafide.watch.json', 'What this repository knows of its packages on the registry.', FORM)
}

/** The keys of `bonafide.watch.json`, for a table. */
export function watchKeys(): readonly KeyRow[] {
  return FORM.rows
}

/**
 * Reads `bonafide.watch.json`.
 *
 * @param file - the file as the user named it, for the error
 * @throws BonafideError BONAFIDE_WATCH_MALFORMED
 */
export function parseWatchRecord(content: string, file: string): WatchRecord {
  const document = new StrictDocument(content, file, 'BONAFIDE_WATCH_MALFORMED')
  const { packages } = FORM.read(document, document.root, [])
  return new Map([...packages].map(([name, one]) => [name, { ...one, latest: one.latest ?? null }]))
}

/** Writes `bonafide.watch.json`: sorted, a line for each entry, so that a diff shows what changed and nothing else. */
export function renderWatchRecord(recorded: WatchRecord): string {
  const packages = [...recorded]
    .toSorted(([left], [right]) => compare(left, right))
    .map(([name, one]) => [
      name,
      {
        maintainers: one.maintainers.toSorted(compare),
        publishers: one.publishers.toSorted(compare),
        ...(one.latest === null ? {} : { latest: one.latest }),
        deprecated: one.deprecated.toSorted(compare),
        withdrawn: one.withdrawn.toSorted(compare),
        versions: Object.fromEntries([...one.versions].toSorted(([left], [right]) => compare(left, right))),
      },
    ])
  return `${JSON.stringify({ version: 1, packages: Object.fromEntries(packages) }, null, 2)}\n`
}

// By code unit: the same order on every machine, whatever its language.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
