// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, nameAtVersion, parseJson, publishFinding } from '@bonafide/core'
import type { JsonObject, NonEmpty, PublishFinding, Secret } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import { bundleToJSON } from '@sigstore/bundle'
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign'
import type { BundleBuilder, Witness } from '@sigstore/sign'
import type { CiJob } from '../ci-job.ts'
import type { PreparedPackage } from '../prepared-package.ts'
import type { SealedBundle } from '../upload-document.ts'
import { provenanceStatement } from './provenance-statement.ts'
import { ServiceFailure, serviceFailure } from './service-failure.ts'
import type { SigningService } from './service-failure.ts'
import { addressesOf } from './sigstore-services.ts'
import type { SigstoreServices } from './sigstore-services.ts'

/** How long and how often the services are asked; milliseconds. */
export interface SigningPatience {
  /** How often again, where there was no answer or one of overload. */
  readonly retries: number
  /** The pause before the first of these; it doubles each time. */
  readonly firstPause: number
  /** For one attempt. A log of the second interface answers once the entry is in its tree, which takes longest. */
  readonly attempt: number
  /** For all of it. */
  readonly total: number
}

/** What holds where nobody says otherwise. */
export const SIGNING_PATIENCE: SigningPatience = { retries: 2, firstPause: 1000, attempt: 20_000, total: 120_000 }

/** What is signed, as whom, and where. */
export interface SigningOrder {
  readonly prepared: PreparedPackage
  readonly job: Pick<CiJob, 'provider'>
  readonly env: Environment
  /** For the audience `sigstore`; sent to the certificate authority and to nobody else. */
  readonly identityToken: Secret
  readonly sigstore: SigstoreServices
  readonly patience?: SigningPatience
}

/** A signed statement about the bytes, with what it takes to verify it. */
export interface SignedProvenance {
  readonly kind: 'signed'
  readonly predicateType: string
  readonly bundle: SealedBundle
  readonly log: LogPlace
}

/** Where the statement stands in the log. */
export interface LogPlace {
  /** The log's address. */
  readonly url: string
  readonly index: string
  /** Where a person finds it; null where there is no such page. */
  readonly page: string | null
}

/** What came of signing. */
export type Signing = SignedProvenance | { readonly kind: 'failed'; readonly findings: NonEmpty<PublishFinding> }

/**
 * Signs the statement of a job about the bytes that it publishes: a certificate for a key that nobody keeps, an entry in the log, and a
 * timestamp where there is an authority for it.
 *
 * A failure is data, and nothing was sent to a registry by then. What stands in the log by then stays there, and does no harm: another
 * attempt makes another entry. Whether the services did what they were asked for, {@link verifyOwnProvenance} says.
 */
export async function signProvenance(order: SigningOrder): Promise<Signing> {
  const { prepared, job, env, sigstore, patience = SIGNING_PATIENCE } = order
  const made = provenanceStatement(prepared, job.provider, env)
  if (made.kind !== 'statement') return failed(statementFinding(prepared, job, made))
  const addresses = addressesOf(sigstore)
  const builder = builderFor(order, addresses, patience)
  const artifact = { data: Buffer.from(JSON.stringify(made.statement)), type: 'application/vnd.in-toto+json' }
  try {
    const bundle = await within(patience.total, builder.create(artifact))
    const document = parseJson(JSON.stringify(bundleToJSON(bundle)))
    const json = 'problem' in document || !isJsonObject(document.value) ? {} : document.value
    const index = bundle.verificationMaterial.tlogEntries[0]?.logIndex
    if (index === undefined) throw new ServiceFailure('Rekor', 'nonsense', 'no entry of the log')
    const log = logPlace(sigstore, addresses.rekor, addresses.rekorVersion, index)
    return { kind: 'signed', predicateType: made.predicateType, bundle: { mediaType: bundle.mediaType, json }, log }
  } catch (error) {
    if (error instanceof ServiceFailure) return failed(serviceFinding(prepared, error, addresses))
    throw error
  }
}

type Addresses = ReturnType<typeof addressesOf>

function builderFor({ identityToken }: SigningOrder, addresses: Addresses, patience: SigningPatience): BundleBuilder {
  const { fulcio, rekor, rekorVersion, tsa } = addresses
  const asking = {
    timeout: patience.attempt,
    retry: { retries: patience.retries, minTimeout: patience.firstPause, factor: 2 },
  }
  const identityProvider = { getToken: () => Promise.resolve(identityToken.reveal()) }
  const signer = new FulcioSigner({ ...asking, fulcioBaseURL: fulcio, identityProvider })
  // An attempt whose answer got lost has made the entry all the same; then that one is fetched.
  const log = new RekorWitness({ ...asking, rekorBaseURL: rekor, majorApiVersion: rekorVersion, fetchOnConflict: true })
  const witnesses = [told('Rekor', log)]
  if (tsa !== null) witnesses.push(told('the timestamp authority', new TSAWitness({ ...asking, tsaBaseURL: tsa })))
  return new DSSEBundleBuilder({
    signer: { sign: (data) => blaming('Fulcio', signer.sign(data)) },
    witnesses,
  })
}

// The library's errors do not say which service they are about.
function told(service: SigningService, witness: Witness): Witness {
  return { testify: (content, publicKey) => blaming(service, witness.testify(content, publicKey)) }
}

async function blaming<T>(service: SigningService, asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    throw serviceFailure(service, error)
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ServiceFailure('Rekor', 'unreachable', 'DEADLINE')), milliseconds)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

// The page that npm's client names too.
const SEARCH = 'https://search.sigstore.dev/'

function logPlace({ kind }: SigstoreServices, url: string, version: 1 | 2, index: string): LogPlace {
  const own = version === 1 ? `${url}/api/v1/log/entries?logIndex=${index}` : null
  return { url, index, page: kind === 'public' ? `${SEARCH}?logIndex=${index}` : own }
}

function failed(finding: PublishFinding): Signing {
  return { kind: 'failed', findings: [finding] }
}

type NoStatement = Exclude<ReturnType<typeof provenanceStatement>, { kind: 'statement' }>

function statementFinding(
  { name, version }: PreparedPackage,
  { provider }: Pick<CiJob, 'provider'>,
  made: NoStatement,
): PublishFinding {
  const subject = nameAtVersion(name, version)
  if (made.kind === 'unsupported') {
    return publishFinding('provenance-unsupported', {
      subject,
      found: `a job of ${provider === 'circleci' ? 'CircleCI' : 'an unknown CI system'}, of which registries know no provenance`,
      wanted: 'a job of GitHub Actions or GitLab CI',
      fix: ['publish from GitHub Actions or GitLab CI'],
    })
  }
  return publishFinding('provenance-incomplete', {
    subject,
    found: `variables that are not set: ${made.missing.join(', ')}`,
    wanted: 'all that the CI system tells its jobs',
    where: { kind: 'variable', name: made.missing[0] ?? '' },
    fix: ['hand the variables of the CI system on, such as into the container of the job'],
  })
}

const CODES = {
  unreachable: 'signing-unreachable',
  refused: 'signing-refused',
  nonsense: 'signing-nonsense',
} as const

function serviceFinding(
  { name, version }: PreparedPackage,
  { service, kind, detail }: ServiceFailure,
  { fulcio, rekor, tsa }: Addresses,
): PublishFinding {
  const url = service === 'Fulcio' ? fulcio : service === 'Rekor' ? rekor : (tsa ?? '')
  return publishFinding(CODES[kind], {
    level: kind === 'refused' ? 'refuse' : 'undecided',
    subject: nameAtVersion(name, version),
    found: `${service}: ${detail}`,
    wanted:
      service === 'Fulcio' ? 'a certificate for this job' : service === 'Rekor' ? 'an entry of the log' : 'a timestamp',
    where: { kind: 'url', url },
    fix:
      kind === 'refused'
        ? ['run the job anew, for a fresh identity token; nothing was published']
        : ['run the job again: nothing was published, and an entry that got into the log does no harm'],
  })
}

/** The document in which a registry would serve the bundle: what consumers verify. */
export function documentOf({ predicateType, bundle }: Pick<SignedProvenance, 'predicateType' | 'bundle'>): JsonObject {
  return { attestations: [{ predicateType, bundle: bundle.json }] }
}
