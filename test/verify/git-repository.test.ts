// SPDX-License-Identifier: Apache-2.0
// The repository around a folder: found from where the folder really lies, and by nothing that the environment says.
import t from 'tap'
import { mkdir, realpath, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { openRepository } from '@bonafide/verify'
import { commitAll, gitProgram, makeRepository, pathWithGit } from '../support/git.ts'

const skip = gitProgram === undefined && 'no git'

await t.test('a folder below its top, by way of a link too', { skip }, async (check) => {
  const root = await realpath(check.testdir({ repository: { packages: { a: {} } }, other: {} }))
  const [top, other] = [join(root, 'repository'), join(root, 'other')]
  for (const folder of [top, other]) makeRepository(folder)
  const commit = commitAll(top)
  commitAll(other, 'another')
  await symlink(join(top, 'packages'), join(root, 'link'))
  // Another repository, by a variable of git's own.
  const env = { PATH: await pathWithGit(root), GIT_DIR: join(other, '.git') }
  for (const folder of [join(top, 'packages', 'a'), join(root, 'link', 'a')]) {
    const repository = await openRepository(folder, env)
    if ('problem' in repository) return check.fail(repository.problem)
    check.match(repository, { top, place: 'packages/a' })
    check.strictSame(await repository.git(['rev-parse', 'HEAD']), { ok: true, text: `${commit}\n` })
  }
  return undefined
})

await t.test('no repository, no folder, no git', async (check) => {
  const root = check.testdir({ plain: {}, bin: {} })
  const folder = join('/', 'nowhere-at-all')
  check.strictSame(await openRepository(folder, {}), { problem: 'no git repository around the folder' })
  await mkdir(join(root, 'plain', '.git'))
  check.strictSame(await openRepository(join(root, 'plain'), { PATH: join(root, 'bin') }), {
    problem: 'no git in PATH',
  })
})
