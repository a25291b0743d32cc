// SPDX-License-Identifier: Apache-2.0
import type { Account } from './account-store.ts'
import { reaches } from './access-token.ts'
import { Refusal, jsonReply, objectBody } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'
import type { SandboxClock } from './clock.ts'
import type { Gate } from './gate.ts'
import { NAME } from './package-path.ts'
import type { PackageStore } from './package-store.ts'
import { pageOf } from './page.ts'
import { readPublishBody } from './publish-body.ts'
import { checkSubmission, nameOf } from './publish-service.ts'
import type { Sigstore } from './sigstore.ts'
import { stagedItem } from './stage-store.ts'
import type { StagedVersion, StageStore } from './stage-store.ts'
import { SANDBOX_USER } from './submission.ts'

const STAGE = new RegExp(String.raw`^/-/stage/package/${NAME}$`, 'u')
const STAGED = /^\/-\/stage\/(?<id>[\da-f-]{36})(?:\/(?<part>tarball|approve))?$/u

/** Lets versions wait until a person approves them. Staging needs no second factor; approving and rejecting always do. */
export function createStageService(
  stages: StageStore,
  store: PackageStore,
  sigstore: Sigstore,
  gate: Gate,
  clock: SandboxClock,
): Handler {
  const stage = (asked: Asked, name: string): Reply => {
    const caller = gate.allow(asked, 'stage', name)
    const submission = readPublishBody(name, objectBody(asked), caller.publisher)
    checkSubmission(store, sigstore, submission)
    const { version } = submission
    if (stages.list(name).some((one) => one.submission.version === version))
      throw new Refusal(409, `${name}@${version} is staged already`)
    const { id } = stages.add(submission, caller, clock.now())
    return jsonReply(201, { message: `${name}@${version} waits for approval`, stageId: id })
  }
  // A new package has no maintainers yet: then it is whoever staged it.
  const concerns = ({ submission, user }: StagedVersion, account: Account): boolean => {
    const entry = store.get(submission.name)
    return entry === undefined ? user === account.name : entry.maintainers.some(({ name }) => name === account.name)
  }
  const list = (asked: Asked): Reply => {
    const { account, token } = gate.person(asked)
    const name = new URL(asked.path, 'http://localhost').searchParams.get('package')
    const own = stages.list(name).filter((one) => concerns(one, account) && reaches(token, one.submission.name))
    const { items, ...page } = pageOf(asked, own, 20)
    return jsonReply(200, { items: items.map(stagedItem), ...page })
  }
  const approve = (asked: Asked, staged: StagedVersion): Reply => {
    const { submission, user } = staged
    const { publisher } = gate.govern(asked, submission.name)
    checkSubmission(store, sigstore, submission)
    stages.remove(staged.id)
    store.accept(
      { ...submission, publisher: { ...submission.publisher, approver: publisher } },
      { publishedAt: clock.now(), maintainer: user === null ? SANDBOX_USER : publisher },
    )
    return jsonReply(200, { message: `${submission.name}@${submission.version} is published` })
  }
  return (asked) => {
    const { method, decodedPath: path } = asked
    const named = STAGE.exec(path)?.groups
    if (named !== undefined) return method === 'POST' ? stage(asked, nameOf(named)) : null
    if (path === '/-/stage') return method === 'GET' ? list(asked) : null
    const { id, part } = STAGED.exec(path)?.groups ?? {}
    if (id === undefined) return null
    const { account, token } = gate.person(asked)
    const staged = stages.get(id)
    // Who is not concerned does not learn what waits.
    if (staged === undefined || !concerns(staged, account) || !reaches(token, staged.submission.name))
      throw new Refusal(404, 'Not found')
    const { bytes } = staged.submission.tarball
    switch (`${method} ${part ?? ''}`) {
      case 'GET ':
        return jsonReply(200, stagedItem(staged))
      case 'GET tarball':
        return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes }
      case 'POST approve':
        return approve(asked, staged)
      case 'DELETE ':
        gate.govern(asked, staged.submission.name)
        stages.remove(id)
        return { status: 204, headers: {}, body: Buffer.alloc(0) }
      default:
        return null
    }
  }
}
