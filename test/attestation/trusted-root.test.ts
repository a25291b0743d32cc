// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { parseTrustedRoot } from '@bonafide/attestation'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'

const sandbox = await startSandbox({ seed: 'trusted root' })
const genuine = sandbox.trustedRoot()
await sandbox.close()

interface Validity {
  start?: string
  end?: string
}
interface Root {
  mediaType?: string
  certificateAuthorities: { validFor?: Validity; certChain: { certificates: { rawBytes: string }[] } }[]
  tlogs: { publicKey: { rawBytes: string; validFor?: Validity }; logId?: object }[]
  ctlogs: { publicKey: { validFor?: Validity } }[]
  timestampAuthorities?: { validFor?: Validity; certChain: { certificates: [] } }[]
}

function changed(change: (root: Root) => unknown): string {
  const root = JSON.parse(genuine) as Root
  change(root)
  return JSON.stringify(root)
}

function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

await t.test('a trusted root is named by the digest of its bytes', async (rule) => {
  rule.equal(parseTrustedRoot(genuine).digest, digest(genuine))
  rule.equal(parseTrustedRoot(`${genuine}\n`).digest, digest(`${genuine}\n`))
})

await t.test('both media types that are in use are read, and no other', async (rule) => {
  for (const mediaType of [
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ])
    rule.ok(parseTrustedRoot(changed((root) => (root.mediaType = mediaType))))
  for (const [mediaType, found] of [
    ['application/vnd.dev.sigstore.trustedroot.v0.3+json', 'application/vnd.dev.sigstore.trustedroot.v0.3+json'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    [undefined, '(none)'],
  ] as const) {
    rule.throws(() => parseTrustedRoot(changed((root) => Object.assign(root, { mediaType }))), {
      code: 'BONAFIDE_TRUSTED_ROOT_MALFORMED',
      detail: { found: `media type ${found}` },
    })
  }
})

await t.test('a root that could vouch for anything, or for nothing, stops', async (rule) => {
  for (const [text, found] of [
    ['', 'no JSON: value expected, found the end of the file at line 1'],
    ['{\n"tlogs":', 'no JSON: value expected, found the end of the file at line 2'],
    ['null', 'not a trusted root'],
    ['[]', 'media type (none)'],
    ['{"mediaType":"x","mediaType":"y"}', 'the key mediaType twice'],
    [changed((root) => (root.certificateAuthorities = [])), 'no certificate authority'],
    [changed((root) => (root.tlogs = [])), 'no transparency log'],
    [changed((root) => (root.ctlogs = [])), 'no certificate transparency log'],
    [
      changed((root) => delete root.certificateAuthorities[0]?.validFor),
      'certificate authority 0 without the start of its validity',
    ],
    [
      changed((root) => delete root.tlogs[1]?.publicKey.validFor?.start),
      'transparency log 1 without the start of its validity',
    ],
    [
      changed((root) => Object.assign(root.tlogs[1]?.publicKey.validFor ?? {}, { start: 'yesterday' })),
      'transparency log 1 without the start of its validity',
    ],
    [
      changed((root) => delete root.ctlogs[0]?.publicKey.validFor),
      'certificate transparency log 0 without the start of its validity',
    ],
    [
      changed((root) => (root.timestampAuthorities = [{ certChain: { certificates: [] } }])),
      'a timestamp authority without the start of its validity',
    ],
    [
      changed((root) => Object.assign(root.tlogs[0]?.publicKey ?? {}, { rawBytes: 'AAAA' })),
      'a key or certificate that cannot be read',
    ],
    [
      changed((root) =>
        Object.assign(root.certificateAuthorities[0]?.certChain.certificates[0] ?? {}, { rawBytes: 'AA' }),
      ),
      'a key or certificate that cannot be read',
    ],
    [changed((root) => delete root.tlogs[0]?.logId), 'a key or certificate that cannot be read'],
  ] as const) {
    rule.throws(
      () => parseTrustedRoot(text, 'root.json'),
      { code: 'BONAFIDE_TRUSTED_ROOT_MALFORMED', detail: { found, path: 'root.json', hint: /trusted_root\.json/u } },
      found,
    )
  }
})
