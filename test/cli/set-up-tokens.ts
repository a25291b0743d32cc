// SPDX-License-Identifier: Apache-2.0
// Accounts with tokens of every age, and what goes wrong while somebody looks at them.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccessToken, TokenSpec } from '@bonafide/sandbox'
import type { World } from '../support/world.ts'
import type { SetUp } from './set-up.ts'

const DAY = 86_400_000

/** Has npm's configuration of the user hold a token for the sandbox, and the sandbox for its registry. */
export async function logIn({ sandbox, root }: World, token: string): Promise<void> {
  const { host } = new URL(sandbox.registryUrl)
  const lines = [`registry=${sandbox.registryUrl}`, `//${host}/:_authToken=${token}`, '']
  await writeFile(join(root, 'home', '.npmrc'), lines.join('\n'))
}

/** An account with tokens of every kind; the first is the one that npm has. */
export async function account(world: World, twoFactor = false): Promise<readonly AccessToken[]> {
  const { accounts, clock } = world.sandbox
  accounts.addUser({ name: 'ada', twoFactor })
  const make = (name: string, made: number, life: number | null, more: TokenSpec = {}): AccessToken => {
    const created = new Date(clock.now().getTime() - made * DAY)
    const expiry = life === null ? null : new Date(created.getTime() + life * DAY)
    return accounts.createToken({ user: 'ada', name, created, expiry, ...more })
  }
  const tokens = [
    make('laptop', 20, 90),
    make('ci release', 400, null, { bypass2fa: true, scopes: [{ type: 'package', name: '@acme/rocket' }] }),
    make('install', 300, null, { permission: 'read' }),
    make('staging', 1, 30, { permission: 'stage', scopes: [{ type: 'scope', name: '@acme' }] }),
    make('today', 0, 1 / 24, {
      scopes: ['@acme/rocket', '@acme/paint'].map((name) => ({ type: 'package' as const, name })),
    }),
    make('an old one with a name that is far too long', 100, 7),
  ]
  accounts.use(tokens[1]?.token ?? '')
  await logIn(world, tokens[0]?.token ?? '')
  return tokens
}

export const TOKENS: Readonly<Record<string, SetUp>> = {
  async 'doctor-tokens'(world) {
    await account(world)
    return {
      'the policy of the project lets tokens live for seven days': async () => {
        await world.write('bonafide.json', '{ "version": 1, "publish": { "maxTokenLifetime": "7d" } }\n')
      },
    }
  },

  async 'doctor-tokens-mistakes'(world) {
    const [own] = await account(world, true)
    return {
      'npm has a password for the registry': async () => {
        const { host } = new URL(world.sandbox.registryUrl)
        const lines = [`registry=${world.sandbox.registryUrl}`, `//${host}/:_auth=${btoa('ada:hunter2')}`, '']
        await writeFile(join(world.root, 'home', '.npmrc'), lines.join('\n'))
      },
      'npm has a token that was revoked': async () => {
        const revoked = world.sandbox.accounts.createToken({ user: 'ada' })
        world.sandbox.accounts.revoke(revoked.key)
        await logIn(world, revoked.token)
      },
      'npm has a good one again': async () => logIn(world, own?.token ?? ''),
    }
  },
}
