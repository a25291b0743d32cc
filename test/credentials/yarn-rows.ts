// SPDX-License-Identifier: Apache-2.0
// Every place from which Yarn 4 takes a credential, by what it was seen to send.
import type { Row } from './stage.ts'

const P = 'npmPublishRegistry: "<registry>"\n'
const RC = 'repo/pkg/.yarnrc.yml'
const UP = 'repo/.yarnrc.yml'
const HOME = 'home/.yarnrc.yml'
const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`
const token = (text: string): string => `npmAuthToken: "${text}"\n`
const registries = (key: string, text: string): string => `npmRegistries:\n  "${key}":\n    npmAuthToken: ${text}\n`
const scopes = (text: string): string => `npmScopes:\n  acme:\n    npmAuthToken: ${text}\n`

/** Yarn 4, place by place. */
export const PLACES: readonly Row[] = [
  ['the project’s file', 'Bearer PROJECT', { files: { [RC]: P + token('PROJECT') } }],
  ['a file of a folder above', 'Bearer ABOVE', { files: { [UP]: P + token('ABOVE') } }],
  ['the user’s file', 'Bearer USER', { files: { [HOME]: P + token('USER') } }],
  [
    'the nearest of three',
    'Bearer PROJECT',
    { files: { [RC]: P + token('PROJECT'), [UP]: token('ABOVE'), [HOME]: token('USER') } },
  ],
  ['a folder above before the user', 'Bearer ABOVE', { files: { [UP]: P + token('ABOVE'), [HOME]: token('USER') } }],
  [
    'a variable before files',
    'Bearer VARIABLE',
    { files: { [RC]: P + token('PROJECT') }, env: { YARN_NPM_AUTH_TOKEN: 'VARIABLE' } },
  ],
  ['a variable in small letters', 'Bearer SMALL', { files: { [RC]: P }, env: { yarn_npm_auth_token: 'SMALL' } }],
  [
    'of two variables the last',
    'Bearer SMALL',
    { files: { [RC]: P }, env: { YARN_NPM_AUTH_TOKEN: 'CAPITAL', yarn_npm_auth_token: 'SMALL' } },
  ],
  [
    'an empty variable hides what files say',
    null,
    { files: { [RC]: P + token('PROJECT') }, env: { YARN_NPM_AUTH_TOKEN: '' } },
  ],
  [
    'variables alone',
    'Bearer VARIABLE',
    { env: { YARN_NPM_PUBLISH_REGISTRY: '<registry>', YARN_NPM_AUTH_TOKEN: 'VARIABLE' } },
  ],
  [
    'a file of another name',
    'Bearer OTHER',
    {
      files: { 'repo/pkg/.other.yml': P + token('OTHER'), [RC]: token('PROJECT') },
      env: { YARN_RC_FILENAME: '.other.yml' },
    },
  ],
  [
    'the user’s file keeps its name',
    'Bearer USER',
    { files: { 'repo/pkg/.other.yml': P, [HOME]: token('USER') }, env: { YARN_RC_FILENAME: '.other.yml' } },
  ],
  ['.npmrc', null, { files: { [RC]: P, 'repo/pkg/.npmrc': 'registry=<registry>\n//<host>/:_authToken=NPMRC\n' } }],
  [
    'NODE_AUTH_TOKEN',
    null,
    { files: { [RC]: P }, env: { NODE_AUTH_TOKEN: 'NODE', NPM_TOKEN: 'NPM', NPM_AUTH_TOKEN: 'AUTH' } },
  ],
  [
    'a plugin, which nobody can foresee: it has a say in each header',
    'Bearer PROJECT',
    {
      files: {
        [RC]: P + token('PROJECT') + 'plugins:\n  - ./plugin.cjs\n',
        'repo/pkg/plugin.cjs': 'module.exports = { name: "plugin", factory: () => ({}) }\n',
      },
    },
  ],
]

/** Yarn 4, setting by setting. */
export const SETTINGS: readonly Row[] = [
  [
    'a registry’s own before the common one',
    'Bearer OWN',
    { files: { [RC]: P + token('COMMON') + registries('//<host>', 'OWN') } },
  ],
  [
    'a slash more makes no difference',
    'Bearer OWN',
    { files: { [RC]: P + token('COMMON') + registries('//<host>/', 'OWN') } },
  ],
  ['with its scheme', 'Bearer OWN', { files: { [RC]: P + token('COMMON') + registries('<registry>', 'OWN') } }],
  [
    'a registry of which nothing is said but something else: no common one then',
    null,
    { files: { [RC]: `${P}${token('COMMON')}npmRegistries:\n  "//<host>":\n    npmAlwaysAuth: true\n` } },
  ],
  [
    'another path is another registry',
    'Bearer COMMON',
    { files: { [RC]: `npmPublishRegistry: "<registry>below"\n${token('COMMON')}${registries('//<host>', 'OWN')}` } },
  ],
  [
    'a scope’s own before a registry’s own',
    'Bearer SCOPE',
    { files: { [RC]: P + scopes('SCOPE') + registries('//<host>', 'OWN') } },
  ],
  [
    'a scope is written without @',
    'Bearer COMMON',
    { files: { [RC]: P + token('COMMON') + scopes('SCOPE').replace('acme', '"@acme"') } },
  ],
  [
    'a scope’s registry',
    'Bearer OWN',
    {
      files: {
        [RC]: `${token('COMMON')}npmScopes:\n  acme:\n    npmPublishRegistry: "<registry>scope"\n${registries('//<host>/scope', 'OWN')}`,
      },
    },
  ],
  [
    'a scope’s registry for reading is none for publishing',
    'Bearer COMMON',
    {
      files: {
        [RC]: `npmRegistryServer: "<registry>"\n${token('COMMON')}npmScopes:\n  acme:\n    npmRegistryServer: "<registry>scope"\n${registries('//<host>/scope', 'OWN')}`,
      },
    },
  ],
  [
    'a scope of the user’s file is joined with one of the project’s',
    'Bearer USER',
    { files: { [RC]: `${P}npmScopes:\n  acme:\n    npmAlwaysAuth: true\n`, [HOME]: scopes('USER') } },
  ],
  [
    'unless the project’s says otherwise',
    null,
    {
      files: {
        [RC]: `${P}npmScopes:\n  onConflict: reset\n  value:\n    acme:\n      npmAlwaysAuth: true\n`,
        [UP]: scopes('ABOVE'),
      },
    },
  ],
  [
    'publishConfig names the registry',
    'Bearer OWN',
    {
      files: { [HOME]: token('COMMON') + registries('//<host>/there', 'OWN') },
      package: { publishConfig: { registry: '<registry>there/' } },
    },
  ],
  [
    'a repository leads to another registry: the common token goes there',
    'Bearer USER',
    { files: { [HOME]: token('USER'), [RC]: 'npmPublishRegistry: "<registry>evil"\n' } },
  ],
]

/** Yarn 4, by form. */
export const FORMS: readonly Row[] = [
  ['a name and a password', BASIC, { files: { [RC]: `${P}npmAuthIdent: "user:pass"\n` } }],
  ['the same encoded', BASIC, { files: { [RC]: `${P}npmAuthIdent: ${BASIC.slice('Basic '.length)}\n` } }],
  ['a token before them', 'Bearer TOKEN', { files: { [RC]: `${P}npmAuthIdent: "user:pass"\n${token('TOKEN')}` } }],
  ['by a variable', BASIC, { files: { [RC]: P }, env: { YARN_NPM_AUTH_IDENT: 'user:pass' } }],
  [
    'in the registry’s URL: not sent',
    'Bearer TOKEN',
    { files: { [RC]: `npmPublishRegistry: "http://user:pass@<host>"\n${token('TOKEN')}` } },
  ],
  ['a variable', 'Bearer VALUE', { files: { [RC]: P + token('${SECRET}') }, env: { SECRET: 'VALUE' } }],
  [
    'a variable in a variable',
    'Bearer VALUE',
    { files: { [RC]: P }, env: { SECRET: 'VALUE', YARN_NPM_AUTH_TOKEN: '${SECRET}' } },
  ],
  ['a variable that is not set stops Yarn', null, { files: { [RC]: P + token('${SECRET}') } }],
  ['even elsewhere', null, { files: { [RC]: P + token('TOKEN') + scopes('"${SECRET}"').replace('acme', 'other') } }],
  [
    'not where something nearer hides it',
    'Bearer TOKEN',
    { files: { [RC]: P + token('TOKEN'), [HOME]: token('${SECRET}') } },
  ],
  ['a default', 'Bearer default', { files: { [RC]: P + token('${SECRET-default}') } }],
  [
    'a default for an empty variable',
    'Bearer default',
    { files: { [RC]: P + token('${SECRET:-default}') }, env: { SECRET: '' } },
  ],
  [
    'a variable for a default',
    'Bearer VALUE',
    { files: { [RC]: P + token('${OTHER-${SECRET}}') }, env: { SECRET: 'VALUE' } },
  ],
  ['nothing for a default', null, { files: { [RC]: P + token('${SECRET-}') } }],
  [
    'a variable of .env.yarn before the environment’s',
    'Bearer FILE',
    { files: { [RC]: P + token('${SECRET}'), 'repo/pkg/.env.yarn': 'SECRET=FILE\n' }, env: { SECRET: 'VALUE' } },
  ],
  ['a setting in .env.yarn is none', null, { files: { [RC]: P, 'repo/pkg/.env.yarn': 'YARN_NPM_AUTH_TOKEN=FILE\n' } }],
  ['JSON', 'Bearer JSON', { files: { [RC]: '{"npmPublishRegistry":"<registry>","npmAuthToken":"JSON"}' } }],
  ['the last of two', 'Bearer TWO', { files: { [RC]: P + token('ONE') + token('TWO') } }],
  [
    'an alias',
    'Bearer ALIAS',
    { files: { [RC]: `${P}npmScopes:\n  other: &one\n    npmAuthToken: ALIAS\n  acme: *one\n` } },
  ],
  ['a number', 'Bearer 12345', { files: { [RC]: `${P}npmAuthToken: 12345\n` } }],
  ['a byte order mark', 'Bearer MARK', { files: { [RC]: `\uFEFF${(P + token('MARK')).replaceAll('\n', '\r\n')}` } }],
]
