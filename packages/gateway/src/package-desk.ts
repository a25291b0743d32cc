// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding, Sha512 } from '@bonafide/core'
import { availabilityFinding } from '@bonafide/verify'
import type { PackageReport } from '@bonafide/verify'
import { isObserving, outsideEntry } from '@bonafide/policy'
import type { Answer, Packument, PackumentDocument, SpooledBytes } from '@bonafide/registry'
import type { Catalogue } from './catalogue.ts'
import type { Clear, Clearance } from './clearance.ts'
import type { ClientKind } from './client-kind.ts'
import type { LogBook } from './gateway-log.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { chooseHidden, mendTags, withoutHidden } from './hidden-versions.ts'
import type { HiddenVersion } from './hidden-versions.ts'
import { errorReply, jsonReply, notFound, sentence } from './reply.ts'
import type { Reply } from './reply.ts'
import type { Requested } from './requested.ts'
import type { Responder } from './responder.ts'
import { renderManifest, renderPackument } from './served-packument.ts'

/** Who asks, and how the answer is to look. */
export interface Asker {
  readonly kind: ClientKind
  /** The gateway's URL for this client, with a slash at the end. */
  readonly base: string
  /** Whether the abbreviated form was asked for. */
  readonly wantsAbbreviated: boolean
  /** `if-none-match`; null where it was not sent. */
  readonly etag: string | null
}

interface ShownPackument extends PackumentDocument {
  readonly tags: ReadonlyMap<string, string>
}

const ABBREVIATED = 'application/vnd.npm.install-v1+json'

/** Answers what was asked for, once it is known that it may be asked. */
export class PackageDesk {
  readonly #options: GatewayOptions
  readonly #client: GatewayOptions['sources']['client']
  readonly #catalogue: Catalogue
  readonly #clear: Clear
  readonly #log: LogBook

  constructor(options: GatewayOptions, catalogue: Catalogue, clear: Clear, log: LogBook) {
    this.#options = options
    this.#client = options.sources.client
    this.#catalogue = catalogue
    this.#clear = clear
    this.#log = log
  }

  async answer(requested: Requested, asker: Asker, responder: Responder): Promise<void> {
    switch (requested.kind) {
      case 'ping':
        return responder.reply(jsonReply(200, {}))
      case 'packument':
        return responder.reply(await this.#packument(requested.name, asker))
      case 'manifest':
        return responder.reply(await this.#manifest(requested.name, requested.version, asker))
      case 'attestations':
        return responder.reply(await this.#attestations(requested.name, requested.version))
      case 'tarball':
        return this.#tarball(requested.name, requested.version, responder)
      case 'other': {
        const found = this.#catalogue.byPath(requested.path)
        return found === null ? responder.reply(notFound()) : this.#tarball(found.name, found.version, responder)
      }
      default:
        throw new TypeError('a request of an unknown kind')
    }
  }

  async #packument(name: string, { kind, base, wantsAbbreviated, etag }: Asker): Promise<Reply> {
    const answer = await this.#shown(name, wantsAbbreviated ? 'abbreviated' : 'full')
    if (answer.kind !== 'found') return this.#failed(answer, name, null)
    this.#log.addDescribed(name)
    const { document, packument } = answer.value
    const body = Buffer.from(JSON.stringify(renderPackument(document, name, kind, base)))
    // Metadata that a client kept from elsewhere, versions included that were hidden since: it is never told that its copy is current.
    const own = `"bonafide-${createHash('sha256').update(body).digest('base64url')}"`
    const headers = { etag: own, 'cache-control': 'private, no-cache', vary: 'accept' }
    if (etag === own) return { status: 304, headers, body: Buffer.alloc(0) }
    const type = packument.form === 'abbreviated' && wantsAbbreviated ? ABBREVIATED : 'application/json'
    return { status: 200, headers: { ...headers, 'content-type': type }, body }
  }

  async #manifest(name: string, versionOrTag: string, { kind, base }: Asker): Promise<Reply> {
    const answer = await this.#shown(name, 'full')
    if (answer.kind !== 'found') return this.#failed(answer, name, null)
    const { packument, tags } = answer.value
    const version = tags.get(versionOrTag) ?? versionOrTag
    const manifest = packument.manifest(version)
    if (manifest === undefined) return notFound()
    return jsonReply(200, renderManifest(manifest, name, version, kind, base), { 'cache-control': 'private, no-cache' })
  }

  // A package's metadata as clients may see it.
  async #shown(name: string, need: 'abbreviated' | 'full'): Promise<Answer<ShownPackument>> {
    const answer = await this.#catalogue.packument(name, need)
    if (answer.kind !== 'found') return answer
    const { packument, document } = answer.value
    const hidden = await this.#hidden(packument)
    for (const one of hidden) this.#log.addHidden(one)
    const tags = mendTags(packument, new Set(hidden.map(({ version }) => version)))
    return { ...answer, value: { packument, tags, document: withoutHidden(document, packument, hidden) } }
  }

  async #hidden(packument: Packument): Promise<readonly HiddenVersion[]> {
    const { own, sources, approved } = this.#options
    const { now } = sources
    const { name } = packument
    const isLeft = outsideEntry(own.policy, name) !== null || isObserving(own.policy, now)
    if (!own.policy.hideRefused || isLeft) return []
    // Abbreviated metadata tells no times.
    const full = packument.time === null ? await this.#client.fetchServedPackument(name, 'full') : null
    const time = full?.kind === 'found' ? full.value.packument.time : packument.time
    const locked = approved.filter((one) => one.name === name).map(({ version }) => version)
    return chooseHidden({ packument, time, own, approved: locked, now })
  }

  async #attestations(name: string, version: string): Promise<Reply> {
    const answer = await this.#client.fetchAttestations(name, version)
    if (answer.kind !== 'found') return this.#failed(answer, name, version)
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(answer.value.text) }
  }

  async #tarball(name: string, version: string, responder: Responder): Promise<void> {
    const clearance = await this.#clear(name, version)
    switch (clearance.kind) {
      case 'absent':
        return responder.reply(notFound())
      case 'refused':
        return responder.reply(this.#refused(clearance.report))
      case 'undecided':
        return responder.reply(this.#undecided(name, version, clearance.findings))
      case 'cleared':
        return this.#send(name, version, clearance, responder)
      default:
        throw new TypeError('a clearance of an unknown kind')
    }
  }

  async #send(
    name: string,
    version: string,
    { integrity, verdict, against }: Extract<Clearance, { kind: 'cleared' }>,
    responder: Responder,
  ): Promise<void> {
    const wanted = { name, version, integrity, claimed: this.#catalogue.claimedUrl(name, version) }
    const answer = await this.#client.fetchTarball(wanted, async (tarball) => {
      // Other bytes the second time: what was verified is not what is served now.
      if (integrity !== null && tarball.sha512 !== integrity) return { sent: false, swapped: tarball.sha512 } as const
      if (against?.verdict === 'refused') this.#log.addRefused(against)
      if (against?.verdict === 'undecided') this.#log.addUndecided(against)
      this.#log.addServed({ name, version, sha512: tarball.sha512, verdict })
      if (tarball.size > HELD) {
        await responder.tarball(tarball)
        return { sent: true } as const
      }
      return { sent: false, bytes: await hold(tarball) } as const
    })
    if (answer.kind === 'absent') {
      // A client that can do without says nothing of it.
      const what = { found: `no such file at ${answer.url}`, wanted: `the tarball of ${nameAtVersion(name, version)}` }
      const findings = [finding('tarball-unavailable', { ...what, fix: 'ask another registry with --registry' })]
      this.#log.addUndecided({ name, version, findings })
      return responder.reply(notFound())
    }
    if (answer.kind !== 'found') return responder.reply(this.#failed(answer, name, version))
    if ('swapped' in answer.value) return responder.reply(this.#swapped(name, version, integrity, answer.value.swapped))
    if ('bytes' in answer.value) await responder.tarball(answer.value.bytes)
  }

  #swapped(name: string, version: string, wanted: Sha512 | null, found: Sha512): Reply {
    const detail = { found, wanted: wanted ?? 'nothing', fix: 'do not install it; ask another registry' }
    return this.#refused({
      name,
      version,
      integrity: wanted,
      boundBy: null,
      verdict: 'refused',
      pin: 'unrecorded',
      locations: [],
      findings: [finding('tarball-mismatch', detail)],
      identity: null,
      evidence: [],
      because: null,
      exemption: null,
      passes: null,
    })
  }

  #refused(report: PackageReport): Reply {
    this.#log.addRefused(report)
    return errorReply(403, sentence('refused', report.name, report.version, report.findings, report.passes))
  }

  #undecided(name: string, version: string | null, findings: readonly Finding[]): Reply {
    this.#log.addUndecided({ name, version, findings })
    return errorReply(503, sentence('undecided', name, version, findings))
  }

  #failed(answer: Exclude<Answer<unknown>, { kind: 'found' }>, name: string, version: string | null): Reply {
    // A name that no registry may be told, and one that none has, look the same.
    if (answer.kind === 'absent' || answer.kind === 'private') return notFound()
    const what = version === null ? `the metadata of ${name}` : nameAtVersion(name, version)
    return this.#undecided(name, version, [availabilityFinding(answer, what)])
  }
}

// Up to here a tarball is held in memory while it is sent, so that a slow client keeps nobody else from theirs.
const HELD = 4 * 1024 * 1024

async function hold(tarball: SpooledBytes): Promise<SpooledBytes> {
  const chunks: Buffer[] = []
  for await (const chunk of tarball.read()) chunks.push(chunk)
  return { sha512: tarball.sha512, size: tarball.size, read: () => fromMemory(chunks) }
}

async function* fromMemory(chunks: readonly Buffer[]): AsyncIterable<Buffer> {
  yield* chunks
}
