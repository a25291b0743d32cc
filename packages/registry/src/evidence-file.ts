// SPDX-License-Identifier: Apache-2.0
import { gunzipSync, gzipSync } from 'node:zlib'
import { BonafideError, isJsonObject, isPackageName, isVersion, parseJson } from '@bonafide/core'
import type { Json, JsonDocument, JsonObject, JsonPath } from '@bonafide/core'
import { documentKey } from './document-request.ts'
import type { DocumentId } from './document-request.ts'
import { parseRegistryUrl } from './registry-url.ts'
import type { TufFiles } from './tuf-fetcher.ts'
import type { TufRecord } from './tuf-record.ts'

/** One document as a registry served it; a text of null is the registry's word that there is none. */
export interface HeardDocument {
  readonly id: DocumentId
  readonly text: string | null
}

/**
 * Everything that a run heard, for a run elsewhere that can ask nobody: raw documents and no verdicts, nothing that was concluded, no
 * credentials, no keys or roots but those that TUF signs. Whoever reads one verifies all of it again.
 */
export interface EvidenceFile {
  /** When it was heard, by the clock of the machine that asked. Nobody signs this. */
  readonly exported: Date
  /** TUF's metadata with the targets, and where it is from; null where the run used files that were given to it. */
  readonly trust: (TufRecord & { readonly mirror: string }) | null
  readonly documents: ReadonlyMap<string, HeardDocument>
}

/** Bytes of an evidence file, unpacked: what fits into one text of the engine, with room to spare. */
export const MAX_EVIDENCE_BYTES: number = 400_000_000

/** How long an evidence file is believed after its export: as long as a trust root that nobody refreshes. */
export const EVIDENCE_BELIEVED_FOR: number = 7 * 86_400_000

// Targets of one TUF repository, and a few more than there are.
const MAX_TUF_FILES = 100

/**
 * Writes an evidence file: one JSON object, one document a line, sorted, so that the same answers make the same bytes.
 *
 * @param isPacked - whether it is compressed with gzip
 * @throws BonafideError `BONAFIDE_EVIDENCE_MALFORMED` where it would be larger than {@link parseEvidenceFile} reads
 */
export function renderEvidenceFile(
  { exported, trust, documents }: Omit<EvidenceFile, 'documents'> & { readonly documents: readonly HeardDocument[] },
  isPacked: boolean,
): Buffer {
  const lines = documents
    .map(({ id, text }) => ({ key: documentKey(id), line: JSON.stringify({ ...fieldsOf(id), ...answerOf(text) }) }))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ line }) => line)
  const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 2, 0)
  if (size > MAX_EVIDENCE_BYTES) throw tooLarge(size)
  const kept =
    trust === null
      ? null
      : {
          mirror: trust.mirror,
          refreshed: trust.refreshed.toISOString(),
          files: Object.fromEntries(
            [...trust.files]
              .toSorted(([left], [right]) => (left < right ? -1 : 1))
              .map(([path, body]) => [path, body.toString('base64')]),
          ),
        }
  const text = `{"schemaVersion":1,"exported":${JSON.stringify(exported)},
"trust":${JSON.stringify(kept)},
"documents":[${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n`}]}\n`
  return isPacked ? gzipSync(text, { level: 9 }) : Buffer.from(text)
}

function fieldsOf(id: DocumentId): Readonly<Record<string, string>> {
  const { registry, ask } = id
  if (id.ask === 'keys') return { registry, ask }
  if (id.ask === 'attestations') return { registry, ask, name: id.name, version: id.version }
  return { registry, ask, name: id.name, form: id.form }
}

function answerOf(text: string | null): Readonly<Record<string, string>> {
  return text === null ? { answer: 'absent' } : { answer: 'found', text }
}

/**
 * Reads an evidence file, packed or not. Strictly: an unknown, missing or doubled key, a second answer to one question, a wrong type or an
 * unusual spelling is an error. What the documents say is for others to verify.
 *
 * @throws BonafideError `BONAFIDE_EVIDENCE_MALFORMED`
 */
export function parseEvidenceFile(bytes: Buffer, path: string): EvidenceFile {
  const text = unpack(bytes, path).toString('utf8')
  const document = parseJson(text)
  if ('problem' in document) throw malformed(path, document.problem, 'JSON', document)
  // Two readers, two meanings.
  const [twice] = document.duplicates
  if (twice !== undefined) throw malformed(path, `${String(twice.path.at(-1))} twice`, 'each key once', twice)
  return new Reader(document, path).file()
}

function unpack(bytes: Buffer, path: string): Buffer {
  // RFC 1952, section 2.3.1: how a gzip file begins.
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  if (!isPacked && bytes.length > MAX_EVIDENCE_BYTES) throw tooLarge(bytes.length, path)
  if (!isPacked) return bytes
  try {
    // A small file that unpacks into all the memory there is.
    return gunzipSync(bytes, { maxOutputLength: MAX_EVIDENCE_BYTES })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(null, path)
    throw malformed(path, 'gzip that cannot be unpacked', 'a whole file')
  }
}

class Reader {
  readonly #document: JsonDocument
  readonly #path: string

  constructor(document: JsonDocument, path: string) {
    this.#document = document
    this.#path = path
  }

  file(): EvidenceFile {
    const root = this.#object(this.#document.value, [], ['schemaVersion', 'exported', 'trust', 'documents'])
    if (root['schemaVersion'] !== 1) throw this.#fail(['schemaVersion'], 'another form', '1')
    const list = root['documents']
    if (!Array.isArray(list)) throw this.#fail(['documents'], 'no list', 'a list of documents')
    const documents = new Map<string, HeardDocument>()
    for (const [index, item] of (list as readonly Json[]).entries()) {
      const heard = this.#heard(item, ['documents', index])
      const key = documentKey(heard.id)
      // Two answers to one question: readers differ on which they take.
      if (documents.has(key)) throw this.#fail(['documents', index], 'a second answer', 'one answer to each question')
      documents.set(key, heard)
    }
    return {
      exported: this.#time(root['exported'], ['exported']),
      trust: root['trust'] === null ? null : this.#trust(root['trust'], ['trust']),
      documents,
    }
  }

  #heard(value: Json, path: JsonPath): HeardDocument {
    const any = this.#anyObject(value, path)
    const answer = any['answer']
    if (answer !== 'found' && answer !== 'absent') throw this.#fail([...path, 'answer'], 'none', 'found or absent')
    const tail = answer === 'found' ? ['answer', 'text'] : ['answer']
    const id = this.#id(any, path, tail)
    return { id, text: answer === 'found' ? this.#text(any['text'], [...path, 'text']) : null }
  }

  #id(item: JsonObject, path: JsonPath, tail: readonly string[]): DocumentId {
    const registry = this.#registry(item['registry'], [...path, 'registry'])
    const ask = this.#text(item['ask'], [...path, 'ask'])
    switch (ask) {
      case 'keys':
        this.#object(item, path, ['registry', 'ask', ...tail])
        return { registry, ask: 'keys' }
      case 'attestations': {
        this.#object(item, path, ['registry', 'ask', 'name', 'version', ...tail])
        const name = this.#name(item['name'], [...path, 'name'])
        const version = this.#text(item['version'], [...path, 'version'])
        if (!isVersion(version)) throw this.#fail([...path, 'version'], version, 'an exact version')
        return { registry, ask: 'attestations', name, version }
      }
      case 'packument': {
        this.#object(item, path, ['registry', 'ask', 'name', 'form', ...tail])
        const { form } = item
        if (form !== 'abbreviated' && form !== 'full')
          throw this.#fail([...path, 'form'], 'none', 'abbreviated or full')
        return { registry, ask: 'packument', name: this.#name(item['name'], [...path, 'name']), form }
      }
      default:
        throw this.#fail([...path, 'ask'], ask, 'packument, attestations or keys')
    }
  }

  #trust(value: Json | undefined, path: JsonPath): NonNullable<EvidenceFile['trust']> {
    const trust = this.#object(value, path, ['mirror', 'refreshed', 'files'])
    const kept = this.#anyObject(trust['files'], [...path, 'files'])
    const paths = Object.keys(kept)
    if (paths.length > MAX_TUF_FILES)
      throw this.#fail([...path, 'files'], `${paths.length} files`, `${MAX_TUF_FILES} at most`)
    const files: TufFiles = new Map()
    for (const name of paths) {
      const text = this.#text(kept[name], [...path, 'files', name])
      const body = Buffer.from(text, 'base64')
      if (body.toString('base64') !== text) throw this.#fail([...path, 'files', name], 'a second spelling', 'base64')
      files.set(name, body)
    }
    const mirror = this.#text(trust['mirror'], [...path, 'mirror'])
    return { mirror, refreshed: this.#time(trust['refreshed'], [...path, 'refreshed']), files }
  }

  #registry(value: Json | undefined, path: JsonPath): string {
    const text = this.#text(value, path)
    if (parseRegistryUrl(text) !== text)
      throw this.#fail(path, 'no such URL', 'the URL of a registry, in its one spelling')
    return text
  }

  #name(value: Json | undefined, path: JsonPath): string {
    const text = this.#text(value, path)
    if (!isPackageName(text)) throw this.#fail(path, text, 'the name of a package')
    return text
  }

  #time(value: Json | undefined, path: JsonPath): Date {
    const text = this.#text(value, path)
    const time = new Date(text)
    if (Number.isNaN(time.getTime()) || time.toISOString() !== text) throw this.#fail(path, text, 'a time (ISO 8601)')
    return time
  }

  #text(value: Json | undefined, path: JsonPath): string {
    if (typeof value !== 'string') throw this.#fail(path, 'no text', 'a text')
    return value
  }

  #anyObject(value: Json | undefined, path: JsonPath): JsonObject {
    if (!isJsonObject(value)) throw this.#fail(path, 'no object', 'an object')
    return value
  }

  #object(value: Json | undefined, path: JsonPath, keys: readonly string[]): JsonObject {
    const object = this.#anyObject(value, path)
    const unknown = Object.keys(object).find((key) => !keys.includes(key))
    if (unknown !== undefined) throw this.#fail([...path, unknown], unknown, keys.join(', '))
    const missing = keys.find((key) => object[key] === undefined)
    if (missing !== undefined) throw this.#fail(path, `no ${missing}`, keys.join(', '))
    return object
  }

  #fail(path: JsonPath, found: string, wanted: string): BonafideError {
    return malformed(this.#path, found.slice(0, 80), wanted, this.#document.locate(path))
  }
}

function malformed(
  path: string,
  found: string,
  wanted: string,
  place: { readonly line?: number; readonly column?: number } = {},
): BonafideError {
  const { line, column } = place
  return new BonafideError('BONAFIDE_EVIDENCE_MALFORMED', 'this is no file of evidence', {
    path,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    found,
    wanted,
    hint: 'write it anew with bonafide verify --export-evidence FILE',
  })
}

function tooLarge(size: number | null, path?: string): BonafideError {
  return new BonafideError('BONAFIDE_EVIDENCE_MALFORMED', 'the file of evidence is too large', {
    ...(path === undefined ? {} : { path }),
    found: size === null ? 'more, unpacked' : `${size} bytes`,
    wanted: `${MAX_EVIDENCE_BYTES} bytes at most`,
    hint: 'export parts of the project with --lockfile',
  })
}
