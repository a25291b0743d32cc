// SPDX-License-Identifier: Apache-2.0
import type { NonEmpty } from '@bonafide/core'
import type { PinnedIdentity } from './pins.ts'

/** How a shown identity stands to the pinned ones. `different` names the fields that differ from the nearest of them, and no others. */
export type IdentityMatch =
  | { readonly kind: 'same' }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  | { readonly kind: 'different'; readonly found: string; readonly wanted: string }

interface Difference {
  readonly field: string
  readonly found: string | null
  readonly wanted: string
}

/**
 * Compares a shown identity with the pinned ones, field by field and exactly.
 *
 * Numeric ids outrank names: where both ids are known on both sides, another URL is a rename. Where an id is unknown on either side the
 * URL has to be equal. A certificate without an id that the pin holds differs: absence lowers nothing. Trust domains are not compared
 * here: the caller gives identities of one domain, since under a foreign authority no field says anything.
 */
export function matchIdentity(shown: PinnedIdentity, pinned: NonEmpty<PinnedIdentity>): IdentityMatch {
  let nearest = compareIdentity(shown, pinned[0], pinned)
  let renamedFrom: string | null = null
  for (const pin of pinned) {
    const differences = compareIdentity(shown, pin, pinned)
    if (differences.length < nearest.length) nearest = differences
    if (differences.length > 0) continue
    if (pin.repository === shown.repository) return { kind: 'same' }
    renamedFrom ??= pin.repository
  }
  if (renamedFrom !== null) return { kind: 'renamed', from: renamedFrom, to: shown.repository }
  return {
    kind: 'different',
    found: nearest.map(({ field, found }) => (found === null ? `no ${field}` : `${field} ${found}`)).join(', '),
    wanted: nearest.map(({ field, wanted }) => `${field} ${wanted}`).join(', '),
  }
}

function compareIdentity(
  shown: PinnedIdentity,
  pin: PinnedIdentity,
  all: readonly PinnedIdentity[],
): readonly Difference[] {
  const repositoryId = expectedId('repositoryId', shown, pin, all)
  const ownerId = expectedId('ownerId', shown, pin, all)
  const idsEqual = shown.repositoryId === repositoryId && shown.ownerId === ownerId
  const fields: readonly { field: string; found: string | null; wanted: string | null }[] = [
    // Without both ids the name is all there is; beside a foreign id it says whose the id is.
    {
      field: 'repository',
      found: shown.repository,
      wanted: idsEqual && pin.repositoryId !== null && pin.ownerId !== null ? null : pin.repository,
    },
    { field: 'issuer', found: shown.issuer, wanted: pin.issuer },
    // Repository swap; a namesake raised on a deleted account.
    { field: 'repository id', found: shown.repositoryId, wanted: repositoryId },
    { field: 'owner id', found: shown.ownerId, wanted: ownerId },
    // Another workflow of the same repository, such as one that any contributor can start.
    { field: 'workflow', found: shown.workflow, wanted: pin.workflow },
  ]
  const differences: Difference[] = fields.flatMap(({ field, found, wanted }) =>
    wanted === null || found === wanted ? [] : [{ field, found, wanted }],
  )
  // A reusable workflow of somebody else signs. Within the own repository the path counts, so that a rename is told once.
  if (withinRepository(shown) !== withinRepository(pin))
    differences.push({ field: 'signer', found: shown.signer, wanted: pin.signer })
  return differences
}

// Resurrection under an old pin: one recorded before certificates had ids says nothing of them, but where another pin of the same
// repository does, a certificate that names an id must name that one.
function expectedId(
  key: 'repositoryId' | 'ownerId',
  shown: PinnedIdentity,
  pin: PinnedIdentity,
  all: readonly PinnedIdentity[],
): string | null {
  if (pin[key] !== null || shown[key] === null) return pin[key]
  const known = all
    .filter((other) => other.issuer === pin.issuer && other.repository === pin.repository)
    .flatMap((other) => other[key] ?? [])
  return known.find((id) => id === shown[key]) ?? known[0] ?? null
}

function withinRepository({ signer, repository }: PinnedIdentity): string {
  return signer.startsWith(`${repository}/`) ? signer.slice(repository.length) : signer
}
