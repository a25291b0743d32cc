// SPDX-License-Identifier: Apache-2.0
// The corpus is read where it lies: `BONAFIDE_CORPUS`, or beside the project. Tests that need it are skipped where it is missing.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = process.env['BONAFIDE_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url))

/** Why corpus tests are skipped, or false where they run. */
export const noCorpus: string | false = existsSync(join(folder, 'README.md')) ? false : 'no corpus: set BONAFIDE_CORPUS'

// CI always has the corpus: a skipped test there would be a check that nobody misses.
if (noCorpus !== false && process.env['BONAFIDE_REQUIRE_CORPUS'] === '1')
  throw new Error(`there is no corpus at ${folder}, and BONAFIDE_REQUIRE_CORPUS wants one`)

/** The path of a file of the corpus. */
export function corpusPath(...parts: readonly string[]): string {
  return join(folder, ...parts)
}

/** The text of a file of the corpus. */
export function corpusText(...parts: readonly string[]): string {
  return readFileSync(corpusPath(...parts), 'utf8')
}

/** A version that was published with attestations, and what a reference verifier made of it. */
export interface AttestedCase {
  readonly name: string
  readonly version: string
  readonly integrity: string
  readonly text: string
  readonly verification: ReferenceVerification
}

/** One attestation, as `verification.json` tells it. */
export interface ReferenceAttestation {
  readonly mediaType: string
  readonly outer: string
  readonly predicateType: string
  readonly material: string
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha512: string } }[]
  readonly tlog: readonly {
    readonly kind: string
    readonly integratedTime: string
    readonly promise: boolean
    readonly proof: boolean
    readonly logId: string
  }[]
  readonly cert?: Readonly<Record<string, string | undefined>>
}

interface ReferenceVerification {
  readonly package: string
  readonly integrity: string | null
  readonly attestations: readonly ReferenceAttestation[]
}

/** Every folder of `attested`. Where the tarball's integrity is not known any more, the subject's digest stands for it. */
export function attestedCases(): readonly AttestedCase[] {
  return readdirSync(corpusPath('attested'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('verification.json'))
    .sort()
    .map((path) => {
      const parent = join('attested', path, '..')
      const verification = JSON.parse(corpusText(parent, 'verification.json')) as ReferenceVerification
      const [name, version] = splitNameAtVersion(verification.package)
      const digest = verification.attestations[0]?.subject[0]?.digest.sha512 ?? ''
      const integrity = verification.integrity ?? `sha512-${Buffer.from(digest, 'hex').toString('base64')}`
      return { name, version, integrity, text: corpusText(parent, 'attestations.json'), verification }
    })
}

/** A document that must not lead to `trusted`, and why. */
export interface RejectedCase {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly integrity: string | null
  readonly mustReject: boolean | string
  readonly rejectStage: string
  readonly reason: string
  readonly text: string
}

/** Every folder of `rejected`. */
export function rejectedCases(): readonly RejectedCase[] {
  return readdirSync(corpusPath('rejected'))
    .filter((id) => existsSync(corpusPath('rejected', id, 'case.json')))
    .sort()
    .map((id) => {
      const about = JSON.parse(corpusText('rejected', id, 'case.json')) as {
        readonly claimedFor: string
        readonly expectedIntegrity: string | null
        readonly mustReject: boolean | string
        readonly rejectStage: string
        readonly reason: string
      }
      const [name, version] = splitNameAtVersion(about.claimedFor)
      return {
        id,
        name,
        version,
        integrity: about.expectedIntegrity,
        text: corpusText('rejected', id, 'attestations.json'),
        ...about,
      }
    })
}

/** Splits `@scope/name@1.0.0` at its last `@`. */
export function splitNameAtVersion(text: string): readonly [name: string, version: string] {
  const at = text.lastIndexOf('@')
  return [text.slice(0, at), text.slice(at + 1)]
}
