// SPDX-License-Identifier: Apache-2.0
// What the recipes say to write is written here, and what they say to run is run.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { cooldownSettings } from '@bonafide/policy'
import t from 'tap'
import type { Test } from 'tap'
import { parse } from 'yaml'
import { attack, skip, startRunner } from '../ci/job.ts'
import type { Runner, StepRun } from '../ci/job.ts'
import { clientFile } from '../support/clients.ts'
import { git } from '../support/git.ts'
import { tarballUrl } from '../support/world.ts'

/** The fenced blocks of a recipe in one language. */
async function blocks(recipe: string, language: string): Promise<readonly string[]> {
  const text = await readFile(new URL(`../../docs/recipes/${recipe}`, import.meta.url), 'utf8')
  const found = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gmu'))].map(
    ([, code = '']) => code,
  )
  if (found.length === 0) throw new Error(`${recipe} has no ${language}`)
  return found
}

/** A `bonafide` on the PATH: the packed engine, which trusts the sandbox as far as these words say. */
async function command(runner: Runner, trust: readonly string[]): Promise<string> {
  const folder = await runner.folder('bin')
  const unpacked = await runner.bash(`tar -xzf "${runner.engineFile}" -C "${folder}"`, folder, {})
  if (unpacked.status !== 0) throw new Error(unpacked.stderr)
  const script = `#!/bin/sh\nexec "${process.execPath}" "${folder}/package/bin/bonafide.js" "$@" ${trust.join(' ')}\n`
  await writeFile(join(folder, 'bonafide'), script, { mode: 0o755 })
  return folder
}

/** Runs the instructions of a Dockerfile in their order, in folders of the test in place of those of an image, up to the first that fails. */
async function build(
  dockerfile: string,
  context: string,
  runner: Runner,
): Promise<readonly (readonly [string, StepRun])[]> {
  const image = await runner.folder('image')
  const inImage = (text: string): string => text.replaceAll(/(^|[\s"'])\/(opt|app|root)\b/gu, `$1${image}/$2`)
  await mkdir(join(image, 'opt'))
  await writeFile(
    join(image, 'npm'),
    `#!/bin/sh\nexec "${process.execPath}" "${clientFile('npm/bin/npm-cli.js')}" "$@"\n`,
    { mode: 0o755 },
  )
  const trusting = (line: string): string => line.replace(/(bonafide\.js ci)/u, `$1 ${runner.world.trust.join(' ')}`)
  const npmrc = join(image, 'npmrc')
  await writeFile(npmrc, `registry=${runner.world.sandbox.registryUrl}\n`)
  const done: (readonly [string, StepRun])[] = []
  let cwd = image
  for (const line of dockerfile.split('\n').filter((one) => one !== '')) {
    const [name = '', ...words] = line.split(' ')
    const target = inImage(words.at(-1) ?? '')
    if (name === 'FROM') continue
    if (name === 'ADD') await cp(runner.engineFile, target)
    else if (name === 'WORKDIR') await mkdir((cwd = target), { recursive: true })
    else if (name === 'COPY')
      for (const file of words.slice(0, -1))
        await cp(join(context, file), join(cwd, file === '.' ? '' : file), { recursive: true })
    else if (name === 'RUN') {
      const script = inImage(trusting(words.join(' ')).replace('SHA512', runner.engine.sha512))
      const env = {
        npm_config_userconfig: npmrc,
        npm_config_cache: join(image, 'cache'),
        XDG_CACHE_HOME: join(image, 'xdg'),
      }
      const run = await runner.bash(`PATH="${image}:$PATH"\n${script}`, cwd, env)
      done.push([line, run])
      if (run.status !== 0) break
    } else throw new Error(`not run here: ${line}`)
  }
  return done
}

await t.test('docker.md: what is refused is never installed into the image', { skip }, async (check) => {
  const runner = await startRunner(check)
  const [dockerfile = ''] = await blocks('docker.md', 'dockerfile')
  const good = await build(dockerfile, runner.world.project, runner)
  check.strictSame(
    good.map(([, { status }]) => status),
    [0, 0, 0],
    good.at(-1)?.[1].stderr ?? '',
  )
  const stolen = await runner.checkOut(async (world) => {
    await attack(world)
    await world.write('bonafide.lock', git(world.project, 'show', 'main:bonafide.lock'))
  })
  const careless = await build(dockerfile.replace(/^RUN node .*$/mu, 'RUN npm ci'), stolen, runner)
  check.match(careless.at(-1), [/npm ci/u, { status: 0 }], 'npm installs it')
  const bad = await build(dockerfile, stolen, runner)
  check.match(bad.at(-1), [/ ci$/u, { status: 1 }])
  const forged = await build(dockerfile.replace('SHA512', '0'.repeat(128)), runner.world.project, runner)
  check.match(forged.at(-1)?.[0], /sha512sum/u)
  check.not(forged.at(-1)?.[1].status, 0)
})

const stripped = (text: string): string =>
  JSON.stringify(
    JSON.parse(text, (key, value: unknown) =>
      key === 'dist' && typeof value === 'object'
        ? { ...value, attestations: undefined, signatures: undefined }
        : value,
    ),
  )

/** A mirror in front of a registry, which drops what mirrors drop. */
async function startMirror(check: Test, upstream: string): Promise<string> {
  const hand = async (path: string, host: string, response: ServerResponse): Promise<void> => {
    if (path.startsWith('/-/npm/v1/')) return void response.writeHead(404).end('{}')
    const answer = await fetch(new URL(path.slice(1), upstream))
    const body = Buffer.from(await answer.arrayBuffer())
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    response.writeHead(answer.status, { 'content-type': isJson ? 'application/json' : 'application/octet-stream' })
    response.end(isJson ? stripped(body.toString().replaceAll(upstream, `http://${host}/`)) : body)
  }
  const server = createServer((request, response) => {
    void hand(request.url ?? '/', request.headers.host ?? '', response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  check.teardown(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

await t.test('mirror.md: another registry for evidence decides what a mirror leaves open', { skip }, async (check) => {
  const runner = await startRunner(check)
  const { world } = runner
  const { registryUrl } = world.sandbox
  const mirror = await startMirror(check, registryUrl)
  const trust = world.trust.filter((word) => word !== '--registry' && word !== registryUrl)
  const PATH = [await command(runner, trust), '/usr/bin', '/bin'].join(':')
  const [script = ''] = await blocks('mirror.md', 'sh')
  await world.write('.npmrc', `registry=${mirror}\n`)
  await world.editLock((text) =>
    text.replaceAll(tarballUrl(registryUrl, 'paint', '2.0.0'), tarballUrl(mirror, 'paint', '2.0.0')),
  )
  const env = { PATH, HOME: await runner.folder('home') }
  const alone = await runner.bash(script.replace('https://evidence.example.com/', mirror), world.project, env)
  check.equal(alone.status, 3)
  check.match(alone.stdout, /registry-serves-no-attestations/u)
  const both = await runner.bash(script.replace('https://evidence.example.com/', registryUrl), world.project, env)
  check.equal(both.status, 0, both.stdout + both.stderr)
  check.match(both.stdout, /^satisfied/mu)
})

await t.test(
  'updates.md: the settings are those that init prints, and a person records what is new',
  { skip },
  async (check) => {
    const [renovate = ''] = await blocks('updates.md', 'json')
    const [dependabot = ''] = await blocks('updates.md', 'yaml')
    const settings = new Map(cooldownSettings(72).map(({ tool, value }) => [tool, value]))
    check.equal((JSON.parse(renovate) as { minimumReleaseAge: string }).minimumReleaseAge, settings.get('renovate'))
    const { updates } = parse(dependabot) as { updates: readonly { cooldown: { 'default-days': number } }[] }
    check.strictSame(
      updates.map(({ cooldown }) => cooldown['default-days']),
      [settings.get('dependabot')],
    )

    const runner = await startRunner(check)
    const { world } = runner
    const [script = ''] = await blocks('updates.md', 'sh')
    const first = (JSON.parse(await world.read('package-lock.json')) as { packages: Record<string, object> }).packages[
      'node_modules/paint'
    ]
    const update = await world.release('green', '1.0.0', { provenance: null })
    const clone = await runner.checkOut(async () => {
      await world.lock([{ name: 'paint', version: '2.0.0', fields: { ...first } }, update])
    })
    git(clone, 'fetch', '--quiet', '--depth=1', 'origin', '+refs/heads/main:refs/remotes/origin/main')
    const who = {
      GIT_AUTHOR_NAME: 'Sam',
      GIT_AUTHOR_EMAIL: 'sam@example.com',
      GIT_COMMITTER_NAME: 'Sam',
      GIT_COMMITTER_EMAIL: 'sam@example.com',
    }
    const env = {
      ...who,
      PATH: [await command(runner, world.trust), '/usr/bin', '/bin'].join(':'),
      XDG_CACHE_HOME: await runner.folder('cache'),
    }
    const before = await runner.bash('bonafide verify --base origin/main', clone, env)
    check.equal(before.status, 1, 'red until somebody records it')
    check.match(before.stdout, /provenance-missing/u)
    const run = await runner.bash(script, clone, env)
    check.equal(run.status, 0, run.stdout + run.stderr)
    check.match(run.stdout, /green/u)
    check.match(git(clone, 'show', '--stat', 'HEAD'), /bonafide\.lock/u)
  },
)
