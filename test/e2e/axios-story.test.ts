// SPDX-License-Identifier: Apache-2.0
// The axios break-in of March 2026 from both sides, in one piece: who releases, who installs, and who has stolen a token.
import t from 'tap'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gitProgram } from '../support/git.ts'
import { tellPublishingStory } from '../../tools/demo/publishing-story.ts'
import type { Scene } from '../../tools/demo/publishing-story.ts'

const README = new URL('../../README.md', import.meta.url)

// What each scene of the README shows of what was printed: whole blocks, and the lines that end them.
const SHOWN: readonly RegExp[] = [
  /^published .*\n/mu,
  /^ {2}(?:seen as|token) .*\n/gmu,
  /^refused {2}npm token[\s\S]*?\n\n/mu,
  /^refused: axios.*\n/mu,
  /^\+ axios.*\n/mu,
  /^refused {4}axios[\s\S]*?\n\n/mu,
  /^nothing was installed\n/mu,
  /^refused {2}axios@\S+ {2}watch-untagged[\s\S]*?\n\n/mu,
  /^alarm: .*\n/mu,
  /^npm error 403 403.*\n/mu,
]

await t.test('a stolen token is no use any more', { skip: gitProgram === undefined && 'no git' }, async (check) => {
  const { scenes, scene, shop, stolen } = await tellPublishingStory()
  check.teardown(() => scene.close())
  const { sandbox } = scene
  for (const { title, ran, expectedCode } of scenes)
    check.equal(ran.code, expectedCode, `${title}\n${ran.stdout}${ran.stderr}`)
  const [packed, published, adopted, installed, guarded, taken, refused, again, watched, settled, ...more] = scenes as [
    Scene,
    Scene,
    Scene,
    Scene,
    Scene,
    Scene,
    Scene,
    Scene,
    Scene,
    Scene,
  ]
  check.strictSame(more, [], 'ten scenes')
  check.strictSame(packed.sent, [])

  // The maintainers: one request to publish, with a token of the exchange that is no good any more.
  check.equal(published.sent.length, 1)
  const used = published.sent[0]?.authorization?.replace('Bearer ', '') ?? ''
  check.notMatch(used, stolen)
  check.equal(sandbox.accounts.use(used), undefined, 'revoked')
  const honest = sandbox.published('axios', '1.14.0')
  check.equal(honest?.attestations?.attestations.length, 2, 'signed, and the registry says that it took it')

  // Somebody else, who has never seen it.
  check.match(adopted.ran.stdout, /^trusted +axios@1\.14\.0 +https:\/\/github\.com\/axios\/axios/mu)
  check.equal(installed.installed, '1.14.0')

  // The stolen token: not through the guard, but straight to the registry.
  check.strictSame(guarded.sent, [], 'nothing was sent')
  check.match(guarded.ran.stdout + guarded.ran.stderr, /credential-long-lived/u)
  check.strictSame(
    taken.sent.map(({ authorization }) => authorization),
    [`Bearer ${stolen}`],
  )
  check.equal(sandbox.published('axios', '1.14.1')?.attestations, null)

  check.match(refused.ran.stdout, /^refused +axios@1\.14\.1/mu)
  check.equal(refused.installed, '1.14.0', 'what was there stays')
  check.equal(again.installed, '1.14.0')
  // What was judged lies in the cache of tarballs, by its hash; none of it is unpacked anywhere.
  for (const folder of [shop, join(scene.root, 'elsewhere')])
    for (const name of ['plain-crypto-js', 'setup.js']) check.strictSame(await named(folder, name), [], name)
  const manifest = JSON.parse(await readFile(join(shop, 'node_modules', 'axios', 'package.json'), 'utf8')) as object
  check.notMatch(manifest, { dependencies: {} })

  for (const code of ['watch-untagged', 'watch-unattested', 'watch-by-token', 'watch-tag-moved'])
    check.ok(watched.ran.stdout.includes(code), code)
  check.match(watched.ran.stdout, /axios@1\.14\.1/u)
  check.notMatch(watched.ran.stdout, /axios@1\.14\.0 {2}watch/u)

  check.equal(settled.sent.length, 1)
  check.equal(sandbox.published('axios', '1.14.2'), undefined, 'the registry takes no token any more')

  const said = scenes.map(({ ran }) => ran.stdout + ran.stderr).join('\n')
  for (const token of [stolen, used]) check.notOk(said.includes(token.slice(4, 20)), 'no token is shown')

  await check.test('the README tells it as it was printed', async (test) => {
    const blocks = [published, guarded, taken, refused, watched, settled].map((one) => told(one, scene.home))
    const wanted = `<!-- transcript: publishing -->\n\n\`\`\`console\n${blocks.join('\n')}\`\`\`\n\n<!-- /transcript -->`
    const readme = await readFile(README, 'utf8')
    const found = /<!-- transcript: publishing -->[\s\S]*?<!-- \/transcript -->/u.exec(readme)?.[0] ?? 'no place for it'
    if (process.env['BONAFIDE_UPDATE'] === '1' && found !== wanted)
      await writeFile(
        README,
        readme.replace(found, () => wanted),
      )
    else test.equal(found, wanted)
  })
})

function told({ title, command, ran }: Scene, home: string): string {
  const text = `${ran.stdout}${ran.stderr}`
  const parts = SHOWN.flatMap((shown) => (shown.global ? (text.match(shown) ?? []) : [shown.exec(text)?.[0] ?? '']))
  // What differs from day to day and from machine to machine.
  const fixed = parts
    .join('')
    .replaceAll(home, '~')
    .replaceAll(/(?<=made )\d{4}-\d\d-\d\d/gu, '2026-01-05')
    .replaceAll(/(?<=first published )\d{4}-\d\d-\d\d/gu, '2026-03-30')
    .replaceAll(/(?<=published at )[\d:.TZ-]+/gu, '2026-03-31T00:21:00.000Z')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/gu, 'https://registry.example')
    .replaceAll(/127\.0\.0\.1:\d+/gu, 'registry.example')
  return `# ${title}\n$ ${command}\n${fixed.trimEnd()}\n`
}

async function named(folder: string, name: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((path) => path.split('/').includes(name))
}
