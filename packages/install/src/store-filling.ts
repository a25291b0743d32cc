// SPDX-License-Identifier: Apache-2.0
import { BonafideError, nameAtVersion } from '@bonafide/core'
import type { RegistryClient, BoundTarball } from '@bonafide/registry'
import type { PrivateStore } from './private-store.ts'

// Most are a second name for a file that is there; the client itself holds few downloads at a time.
const AT_ONCE = 16

/**
 * Puts every tarball that is to be unpacked into the store: those that were looked into are in the cache, others are fetched by what they have
 * to hash to.
 *
 * @throws BonafideError `BONAFIDE_UNDECIDED` where one does not come, `BONAFIDE_INSTALL_FAILED` where it is another one; nothing has been changed then
 */
export async function fillStore(
  store: PrivateStore,
  tarballs: readonly BoundTarball[],
  client: Pick<RegistryClient, 'placeTarball'>,
  onFilled?: (done: number, total: number) => void,
): Promise<void> {
  const left = [...tarballs]
  let done = 0
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      await fill(store, next, client)
      done += 1
      onFilled?.(done, tarballs.length)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function fill(
  store: PrivateStore,
  wanted: BoundTarball,
  client: Pick<RegistryClient, 'placeTarball'>,
): Promise<void> {
  const answer = await store.add(wanted, client)
  if (answer.kind === 'found' && answer.value) return
  const about = nameAtVersion(wanted.name, wanted.version)
  const found =
    answer.kind === 'found'
      ? 'other bytes'
      : answer.kind === 'private'
        ? 'no registry that may be told its name'
        : 'detail' in answer
          ? answer.detail
          : answer.kind
  const message =
    answer.kind === 'found'
      ? `the tarball of ${about} is not the one that was judged`
      : `the tarball of ${about} does not come`
  throw new BonafideError(answer.kind === 'found' ? 'BONAFIDE_INSTALL_FAILED' : 'BONAFIDE_UNDECIDED', message, {
    found,
    wanted: wanted.integrity,
    hint: 'nothing was installed; ask again, or another registry',
    ...('url' in answer ? { url: answer.url } : {}),
  })
}
