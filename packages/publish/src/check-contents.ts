// SPDX-License-Identifier: Apache-2.0
import { findSecrets } from '@bonafide/credentials'
import { nameAtVersion, publishFinding, redact } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { PreparedPackage } from './prepared-package.ts'
import { readTarballEntries } from './tarball-entries.ts'

/**
 * What a tarball gives away: credentials in any of its files, and files that belong to a machine and to no package.
 *
 * A published token is read within minutes, by programs that do nothing else. Registries keep what was published.
 */
export async function checkContents({
  name,
  version,
  tarball,
  files,
}: PreparedPackage): Promise<readonly PublishFinding[]> {
  const subject = nameAtVersion(name, version)
  const secrets: PublishFinding[] = []
  await readTarballEntries(tarball, (path, bytes) => {
    for (const { line, token } of findSecrets(bytes, path)) {
      secrets.push(
        publishFinding('package-secret', {
          subject,
          found: `the credential ${redact(token.reveal())}`,
          wanted: 'a tarball without credentials',
          where: { kind: 'file', path, line },
          fix: [`revoke it first, then leave ${path} out (files in package.json, .npmignore) and pack again`],
        }),
      )
    }
  })
  const shown = new Set(secrets.map(({ where }) => (where?.kind === 'file' ? where.path : null)))
  return [...secrets, ...files.filter((path) => !shown.has(path)).flatMap((path) => privateFile(subject, path))]
}

const MACHINE = /^(?:\.npmrc|\.yarnrc\.yml|\.netrc|\.git-credentials|\.env(?:\..+)?|id_(?:rsa|dsa|ecdsa|ed25519))$/u
// Samples, and programs that are named after what they read.
const SAMPLE = /\.(?:example|sample|template|defaults?|dist|schema|[cm]?[jt]sx?|md)$/u

// At the top it was left lying; deeper it may be what the package is for, such as a template.
function privateFile(subject: string, path: string): readonly PublishFinding[] {
  const parts = path.split('/')
  const file = parts.at(-1) ?? ''
  const isInside = parts.some((part) => part === '.git' || part === '.ssh')
  if (!isInside && (!MACHINE.test(file) || SAMPLE.test(file))) return []
  return [
    publishFinding('package-private-file', {
      level: isInside || parts.length === 1 ? 'refuse' : 'warn',
      subject,
      found: `${path}, which belongs to a machine`,
      wanted: 'a tarball without settings and keys of machines',
      where: { kind: 'file', path, line: null },
      fix: [`leave ${path} out (files in package.json, .npmignore) and pack again`],
    }),
  ]
}
