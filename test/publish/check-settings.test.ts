// SPDX-License-Identifier: Apache-2.0
// An artifact that brings more than a tarball: settings by which the job that publishes would tell strangers who it is.
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { gitProgram } from '../support/git.ts'
import { openReleaseScene, trustWorkflow } from './release-scene.ts'

const skip = gitProgram === undefined && 'no git'

await t.test('settings that came with a tarball are not taken', { skip }, async (check) => {
  const one = await openReleaseScene()
  check.teardown(() => one.close())
  await one.sandbox.publish({ name: '@acme/rocket', version: '1.0.0' })
  trustWorkflow(one.sandbox)
  const checkout = await one.checkout('1.1.0')
  const [, tarball = '', ...digest] = await one.pack(checkout)
  const from = async (folder: string, place: string, more: readonly string[] = []) => {
    await mkdir(join(folder, place), { recursive: true })
    const path = join(place, 'package.tgz')
    await copyFile(tarball, join(folder, path))
    const words = ['publish', path, ...digest, '--dry-run', ...one.trust, ...more]
    const { code, stdout, stderr } = await one.bonafide(folder, words, one.job(checkout))
    return { code, text: stdout + stderr }
  }
  const good = await from(checkout.folder, 'release')
  check.equal(good.code, 0, `the policy of the commit counts\n${good.text}`)

  const bare = join(one.root, 'bare')
  await mkdir(bare)
  check.equal((await from(bare, '.')).code, 0, 'nothing lies beside it')
  const strange = { fulcio: one.sandbox.fulcioUrl, rekor: one.sandbox.rekorUrl }
  for (const [name, text] of [
    ['bonafide.json', JSON.stringify({ version: 1, publish: { sigstore: strange } })],
    ['.npmrc', `registry=${one.sandbox.registryUrl}\n`],
  ] as const)
    for (const folder of [checkout.folder, join(one.root, `bare-${name}`)]) {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, name), text)
      const before = one.sandbox.requests.length
      const refused = await from(folder, 'release')
      check.equal(refused.code, 1, `${name} in ${folder}`)
      check.match(refused.text, /checkout-unclean/u)
      const asked = one.sandbox.requests.slice(before)
      check.notOk(
        asked.some(({ path }) => path.includes('/oidc/token/exchange')),
        'nobody was told who the job is',
      )
    }
  const named = await from(join(one.root, 'bare-.npmrc'), '.', ['--registry', one.sandbox.registryUrl])
  check.equal(named.code, 0, `the user names the registry\n${named.text}`)
})
