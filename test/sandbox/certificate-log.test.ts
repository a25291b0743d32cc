// SPDX-License-Identifier: Apache-2.0
// The certificate log over HTTP: what Fulcio issued is in it, and anybody can check that it is (RFC 6962).
import { createHash, createPublicKey, verify } from 'node:crypto'
import t from 'tap'
import { startSandbox } from '@bonafide/sandbox'

interface Head {
  readonly tree_size: number
  readonly timestamp: number
  readonly sha256_root_hash: string
  readonly tree_head_signature: string
}

const sandbox = await startSandbox({ seed: 'certificate log' })
t.teardown(() => sandbox.close())

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(`${sandbox.certificateLogUrl}/ct/v1/${path}`)).json()) as T
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

// RFC 9162, section 2.1.3.2: the root that a leaf's path leads to.
function rootOf(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  let [hash, at, last] = [sha256(Buffer.of(0), leaf), index, size - 1]
  for (const sibling of path) {
    const isRight = at % 2 === 1 || at === last
    hash = isRight ? sha256(Buffer.of(1), sibling, hash) : sha256(Buffer.of(1), hash, sibling)
    if (isRight) for (; at % 2 === 0 && at !== 0; last = Math.floor(last / 2)) at /= 2
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return hash
}

await t.test(
  'every certificate of a job is in the log, under a head that the trusted root’s key signed',
  async (check) => {
    check.equal((await get<Head>('get-sth')).tree_size, 0)
    for (const version of ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4'])
      await sandbox.publish({ name: 'paint', version, provenance: { repository: 'paint/paint' } })
    await sandbox.publish({ name: 'paint', version: '1.0.5' })
    const head = await get<Head>('get-sth')
    check.equal(head.tree_size, 5, 'and nothing of a release without provenance')
    const { ctlogs } = JSON.parse(sandbox.trustedRoot()) as { ctlogs: [{ publicKey: { rawBytes: string } }] }
    const key = createPublicKey({
      key: Buffer.from(ctlogs[0].publicKey.rawBytes, 'base64'),
      format: 'der',
      type: 'spki',
    })
    const numbers = Buffer.alloc(16)
    numbers.writeBigUInt64BE(BigInt(head.timestamp), 0)
    numbers.writeBigUInt64BE(BigInt(head.tree_size), 8)
    const root = Buffer.from(head.sha256_root_hash, 'base64')
    const signature = Buffer.from(head.tree_head_signature, 'base64')
    check.strictSame([...signature.subarray(0, 2)], [4, 3], 'sha256 and ecdsa')
    check.ok(verify('sha256', Buffer.concat([Buffer.of(0, 1), numbers, root]), key, signature.subarray(4)))
    check.notOk(verify('sha256', Buffer.concat([Buffer.of(0, 0), numbers, root]), key, signature.subarray(4)))

    const { entries } = await get<{ entries: { leaf_input: string }[] }>('get-entries?start=0&end=99')
    check.equal(entries.length, 5)
    for (const [index, { leaf_input }] of entries.entries()) {
      const leaf = Buffer.from(leaf_input, 'base64')
      const hash = encodeURIComponent(sha256(Buffer.of(0), leaf).toString('base64'))
      const found = await get<{ leaf_index: number; audit_path: string[] }>(
        `get-proof-by-hash?hash=${hash}&tree_size=5`,
      )
      check.equal(found.leaf_index, index)
      const path = found.audit_path.map((one) => Buffer.from(one, 'base64'))
      check.strictSame(rootOf(leaf, index, 5, path), root, `entry ${index}`)
      check.match(leaf.toString('latin1'), /paint\/paint\/\.github\/workflows\/release\.yml/u, 'the job’s certificate')
    }
  },
)

await t.test('what is not there is not made up, and nothing is taken in', async (check) => {
  const status = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`${sandbox.certificateLogUrl}/ct/v1/${path}`, init)).status
  check.equal(await status('get-entries?start=5&end=6'), 400)
  check.equal(await status('get-entries?start=3&end=2'), 400)
  check.equal(await status('get-entries?start=-1&end=x'), 400)
  check.equal(await status('get-proof-by-hash?hash=AAAA&tree_size=5'), 404)
  check.equal(await status('add-chain', { method: 'POST', body: '{"chain":[]}' }), 404)
  const { certificates } = await get<{ certificates: string[] }>('get-roots')
  const { certificateAuthorities } = JSON.parse(sandbox.trustedRoot()) as {
    certificateAuthorities: { certChain: { certificates: { rawBytes: string }[] } }[]
  }
  check.strictSame(certificates, [certificateAuthorities[0]?.certChain.certificates.at(-1)?.rawBytes])
})
