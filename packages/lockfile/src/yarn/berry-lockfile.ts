// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import type { IntegrityField } from '@bonafide/core'
import type { DraftLockfile } from '../draft.ts'
import type { AskingPlace } from './askers.ts'
import { BERRY_LINES } from './berry-line.ts'
import { berryPlace, withProtocol } from './berry-place.ts'
import { parseDescriptor } from './descriptor.ts'
import { EntryFields } from './locked-entry.ts'
import type { AskedPlace, Dependency, LockedEntry } from './locked-entry.ts'
import { malformed, readOutline } from './outline.ts'
import type { Item } from './outline.ts'
import { SETTINGS_FILE, folderWithin, holdsOfYarn, judgeYarn } from './yarn-lockfile.ts'
import type { ReadYarn } from './yarn-lockfile.ts'

// Yarn 2.0 wrote 4, Yarn 4.18 writes 10.
const OLDEST = 4
const NEWEST = 10

const FIELDS: ReadonlySet<string> = new Set([
  'version',
  'resolution',
  'dependencies',
  'peerDependencies',
  'dependenciesMeta',
  'peerDependenciesMeta',
  'bin',
  'checksum',
  'conditions',
  'languageName',
  'linkType',
])

/**
 * Reads a yarn.lock of Yarn 2 and later. Its checksums are of Yarn's own archives: nothing in it binds what a registry serves.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED where the text is not what Yarn writes, BONAFIDE_LOCKFILE_UNSUPPORTED for a version of
 * the format that is not read
 */
export function openYarn(text: string, file: string): DraftLockfile {
  const [head, ...items] = readOutline(text, file, BERRY_LINES)
  const version = readVersion(head, file)
  const entries = items.map((item) => readEntry(item, file))
  const folders = [...new Set(entries.map(folderOf).filter((folder) => folder !== null && folder !== ''))]
  const read: ReadYarn = {
    file,
    manager: 'yarn',
    format: version,
    entries,
    needsUrl: false,
    dialect: {
      keysOf,
      folderOf,
      root: entries.find(({ held }) => held.kind === 'workspace' && held.path === '.')?.locator ?? null,
    },
    placeOf: berryPlace,
  }
  return {
    wants: [SETTINGS_FILE, ...folders.map((folder) => `${folder}/package.json`)],
    read: (options) => judgeYarn(read, options),
    holdsOf: (_lockfile, options) => holdsOfYarn(read, options),
  }
}

function readVersion(head: Item | undefined, file: string): string {
  const fields = head === undefined || typeof head.value === 'string' ? [] : head.value
  const version = fields.filter(({ keys: [key] }) => key === 'version')
  const [first] = version
  if (head?.keys[0] !== '__metadata' || version.length !== 1 || typeof first?.value !== 'string')
    throw malformed(file, head?.line ?? 1, 1, 'no __metadata with one version', '')
  const number = Number(first.value)
  if (String(number) === first.value && number >= OLDEST && number <= NEWEST) return first.value
  throw new BonafideError('BONAFIDE_LOCKFILE_UNSUPPORTED', `${file} has version ${first.value}`, {
    path: file,
    line: first.line,
    column: 1,
    found: `version ${first.value}`,
    wanted: `a yarn.lock of version ${OLDEST} to ${NEWEST}`,
    hint: 'let Yarn 4 write the lockfile anew',
  })
}

/** Where a dependency may stand: as it is, or bound to who asks for it where it is a path of theirs. */
function keysOf({ name, range }: Dependency, { locator }: AskingPlace): readonly string[] {
  const key = `${name}@${withProtocol(range)}`
  return locator === null ? [key] : [key, `${key}::locator=${encodeURIComponent(locator)}`]
}

function folderOf({ held }: LockedEntry): string | null {
  if (held.kind === 'workspace') return folderWithin('', held.path)
  if (held.kind !== 'file' && held.kind !== 'link') return null
  // Counted from the folder of whoever asks, where that is the project's.
  const parent = held.parent === null ? '.' : /@workspace:(.+)$/u.exec(held.parent)?.[1]
  return parent === undefined
    ? null
    : folderWithin(parent === '.' ? '' : parent, held.path.replace(/^(?:link|portal):/u, ''))
}

function readEntry({ keys: [keys = ''], value, line }: Item, file: string): LockedEntry {
  if (typeof value === 'string') throw malformed(file, line, 1, 'a text in the place of an entry', '')
  const texts = keys.split(', ')
  const fields = new EntryFields(value, texts[0] ?? '', file, FIELDS)
  const asked = texts.flatMap((text): AskedPlace[] => {
    // Yarn splits at every comma: `a@npm:1,b@npm:1` asks for two things
    const descriptor = text.includes(',') ? null : parseDescriptor(text)
    if (descriptor !== null) return [{ ...descriptor, place: berryPlace(descriptor.name, descriptor.range) }]
    fields.fault(text, 'a name and what is asked for by it', line)
    return []
  })
  const resolution = fields.text('resolution')
  const locator = resolution === null ? null : parseDescriptor(resolution)
  if (locator === null) fields.fault(`resolution: ${resolution ?? 'nothing'}`, 'resolution: a name and a source', line)
  const held =
    locator === null ? ({ kind: 'unknown', text: 'nothing' } as const) : berryPlace(locator.name, locator.range)
  const isLinked = held.kind === 'workspace' || held.kind === 'link'
  const linkType = fields.text('linkType')
  // What is linked is run where it lies: a package of a registry never is.
  if (linkType !== (isLinked ? 'soft' : 'hard'))
    fields.fault(`linkType: ${linkType ?? 'nothing'}`, `linkType: ${isLinked ? 'soft' : 'hard'}`, line)
  return {
    // What cannot be read still has a line in the report.
    asked: asked.length > 0 ? asked : [{ name: keys, range: '', text: keys, place: { kind: 'unknown', text: keys } }],
    name: locator?.name ?? asked[0]?.name ?? keys,
    held,
    version: fields.text('version'),
    resolved: held.kind === 'registry' ? held.archiveUrl : null,
    integrity: checksumOf(fields, line),
    dependencies: fields.pairs('dependencies'),
    locator: resolution,
    where: { file, line },
    faults: fields.faults,
  }
}

// Yarn's checksum is of the archive that it makes itself, behind the key of its cache in later versions.
function checksumOf(fields: EntryFields, line: number): IntegrityField {
  const checksum = fields.text('checksum')
  if (checksum === null) return { state: 'missing' }
  if (/^(?:[\da-z]+\/)?[\da-f]{128}$/u.test(checksum)) return { state: 'own-archive', found: checksum }
  fields.fault(`checksum: ${checksum}`, 'checksum: a sha512 in hexadecimal', line)
  return { state: 'malformed', found: checksum }
}
