// SPDX-License-Identifier: Apache-2.0
import type { AccountStore } from './account-store.ts'
import { Refusal, jsonReply, objectBody } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'
import type { Gate } from './gate.ts'

const LOGIN = /^\/-\/user\/org\.couchdb\.user:(?<name>[^/]+)$/u
const LOGOUT = /^\/-\/user\/token\/(?<token>[^/]+)$/u

/** Logs people in and out, and tells them who they are. */
export function createAccountService(accounts: AccountStore, gate: Gate): Handler {
  const login = (asked: Asked, name: string): Reply => {
    const { name: told, password } = objectBody(asked)
    const account = accounts.user(name)
    // Clients make of this that nobody has the name; accounts are not opened by asking.
    if (account === undefined || told !== name) throw new Refusal(400, 'there is no such user')
    if (password !== account.password) throw new Refusal(401, 'the password is wrong')
    if (account.twoFactor) gate.assertOneTimePassword(asked, account)
    const { token } = accounts.createSession(name)
    return jsonReply(201, { ok: true, id: `org.couchdb.user:${name}`, rev: '_we_dont_use_revs_any_more', token })
  }
  // Whoever holds a token may end it; a person may end each of their own.
  const logout = (asked: Asked, token: string): Reply => {
    const caller = gate.known(asked)
    const own =
      caller.token.token === token || (caller.account !== null && accounts.owner(token) === caller.account.name)
    if (!own || !accounts.revoke(token)) throw new Refusal(404, 'Not found')
    return jsonReply(200, { ok: true })
  }
  return (asked) => {
    const { method, decodedPath: path } = asked
    if (method === 'GET' && path === '/-/whoami') return jsonReply(200, { username: gate.person(asked).account.name })
    const name = LOGIN.exec(path)?.groups?.['name']
    if (method === 'PUT' && name !== undefined) return login(asked, name)
    const token = LOGOUT.exec(path)?.groups?.['token']
    return method === 'DELETE' && token !== undefined ? logout(asked, token) : null
  }
}
