// SPDX-License-Identifier: Apache-2.0
// Every place from which pnpm 12 takes a credential, by what it was seen to send.
import type { Row } from './stage.ts'

const R = 'registry=<registry>\n'
const token = (text: string, below = ''): string => `//<host>/${below}:_authToken=${text}\n`
const PAIR = '//<host>/:username=user\n//<host>/:_password=cGFzcw==\n'
const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`
const yaml = (text: string, scope = '@', below = ''): string =>
  `_auth:\n  "<registry>${below}":\n    "${scope}":\n      authToken: "${text}"\n`
const json = (text: string, scope = '@', below = ''): string =>
  JSON.stringify({ [`<registry>${below}`]: { [scope]: { authToken: text } } })
const CONFIG = 'home/.config/pnpm'
const HELPER = '//<host>/:tokenHelper=/bin/echo HELPED\n'

/** pnpm 12, place by place. */
export const PLACES: readonly Row[] = [
  ['the project’s file', 'Bearer PROJECT', { files: { 'repo/pkg/.npmrc': R + token('PROJECT') } }],
  ['the user’s file', 'Bearer USER', { files: { 'home/.npmrc': R + token('USER') } }],
  ['auth.ini', 'Bearer INI', { files: { [`${CONFIG}/auth.ini`]: R + token('INI') } }],
  [
    'auth.ini elsewhere',
    'Bearer XDG',
    { files: { 'xdg/pnpm/auth.ini': R + token('XDG') }, env: { XDG_CONFIG_HOME: '<root>/xdg' } },
  ],
  ['rc, which older versions read', null, { files: { 'home/.npmrc': R, [`${CONFIG}/rc`]: token('RC') } }],
  ['config.yaml', 'Bearer YAML', { files: { [`${CONFIG}/config.yaml`]: yaml('YAML') } }],
  ['config.yaml, for a scope', 'Bearer YAML', { files: { [`${CONFIG}/config.yaml`]: yaml('YAML', '@acme') } }],
  [
    'config.yaml, by a variable',
    'Bearer VALUE',
    { files: { [`${CONFIG}/config.yaml`]: yaml('${SECRET}') }, env: { SECRET: 'VALUE' } },
  ],
  [
    'the same in a repository counts for nothing',
    null,
    { files: { 'home/.npmrc': R, 'repo/pkg/pnpm-workspace.yaml': yaml('YAML') } },
  ],
  ['a variable with JSON', 'Bearer JSON', { env: { pnpm_config__auth: json('JSON') } }],
  ['the same in capitals', 'Bearer JSON', { env: { PNPM_CONFIG__AUTH: json('JSON') } }],
  [
    'in small letters before capitals',
    'Bearer SMALL',
    { env: { PNPM_CONFIG__AUTH: json('CAPITAL'), pnpm_config__auth: json('SMALL') } },
  ],
  [
    'in mixed letters it is none',
    null,
    { files: { 'home/.npmrc': R }, env: { Pnpm_Config__Auth: json('MIXED'), npm_config__auth: json('NPM') } },
  ],
  [
    'a variable with a registry in its name',
    'Bearer NPM',
    { files: { 'home/.npmrc': R }, env: { 'NPM_CONFIG_//<host>/:_authToken': 'NPM' } },
  ],
  ['NODE_AUTH_TOKEN', null, { files: { 'home/.npmrc': R }, env: { NODE_AUTH_TOKEN: 'NODE', NPM_TOKEN: 'NPM' } }],
  ['npm’s global file', null, { files: { 'home/.npmrc': R, globalrc: token('GLOBAL') } }],
  [
    'publishConfig',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') }, package: { publishConfig: { '//<host>/:_authToken': 'CONFIG' } } },
  ],
]

/** pnpm 12, two places at once. */
export const ORDER: readonly Row[] = [
  [
    'JSON before variables, variables before the project',
    'Bearer JSON',
    {
      files: { 'repo/pkg/.npmrc': R + token('PROJECT') },
      env: { 'pnpm_config_//<host>/:_authToken': 'PNPM', pnpm_config__auth: json('JSON') },
    },
  ],
  [
    'config.yaml before variables',
    'Bearer YAML',
    {
      files: { 'home/.npmrc': R, [`${CONFIG}/config.yaml`]: yaml('YAML') },
      env: { 'pnpm_config_//<host>/:_authToken': 'PNPM' },
    },
  ],
  [
    'a variable of pnpm’s before one of npm’s and the project',
    'Bearer PNPM',
    {
      files: { 'repo/pkg/.npmrc': R + token('PROJECT') },
      env: { 'pnpm_config_//<host>/:_authToken': 'PNPM', 'npm_config_//<host>/:_authToken': 'NPM' },
    },
  ],
  [
    'the project before auth.ini before the user',
    'Bearer PROJECT',
    {
      files: {
        'repo/pkg/.npmrc': R + token('PROJECT'),
        [`${CONFIG}/auth.ini`]: token('INI'),
        'home/.npmrc': token('USER'),
      },
    },
  ],
  [
    'auth.ini before the user',
    'Bearer INI',
    { files: { [`${CONFIG}/auth.ini`]: token('INI'), 'home/.npmrc': R + token('USER') } },
  ],
  [
    'a user’s file elsewhere',
    'Bearer OTHER',
    {
      files: { 'home/.npmrc': R + token('USER'), other: R + token('OTHER'), third: R + token('THIRD') },
      env: { PNPM_CONFIG_NPMRC_AUTH_FILE: '<root>/other', NPM_CONFIG_USERCONFIG: '<root>/third' },
    },
  ],
  [
    'a user’s file elsewhere, by npm’s variable',
    'Bearer OTHER',
    {
      files: { 'home/.npmrc': R + token('USER'), other: R + token('OTHER') },
      env: { npm_config_userconfig: '<root>/other' },
    },
  ],
  [
    'a user’s file elsewhere, by config.yaml',
    'Bearer OTHER',
    {
      files: {
        'home/.npmrc': R + token('USER'),
        other: R + token('OTHER'),
        [`${CONFIG}/config.yaml`]: 'npmrcAuthFile: <root>/other\n',
      },
    },
  ],
  [
    'a user’s file elsewhere, by the project: no',
    'Bearer USER',
    {
      files: {
        'home/.npmrc': R + token('USER'),
        other: R + token('OTHER'),
        'repo/pkg/.npmrc': 'userconfig=<root>/other\n',
      },
    },
  ],
  [
    'the workspace’s file, not the project’s',
    'Bearer TOP',
    {
      files: {
        'home/.npmrc': R,
        'repo/pnpm-workspace.yaml': 'packages: ["*"]\n',
        'repo/package.json': '{"name":"top","private":true}',
        'repo/.npmrc': token('TOP'),
        'repo/pkg/.npmrc': token('MEMBER'),
      },
    },
  ],
  [
    'the project’s file where the workspace leaves the project out',
    'Bearer OWN',
    {
      files: {
        'home/.npmrc': R,
        'repo/pnpm-workspace.yaml': 'packages: ["*", "!pkg"]\nregistry: <registry>other/\n',
        'repo/package.json': '{"name":"top","private":true}',
        'repo/.npmrc': token('TOP'),
        'repo/pkg/.npmrc': token('OWN'),
      },
    },
  ],
  [
    'a workspace that a variable names',
    'Bearer TOP',
    {
      files: { 'home/.npmrc': R, 'repo/.npmrc': token('TOP'), 'repo/pkg/.npmrc': token('OWN') },
      env: { NPM_CONFIG_WORKSPACE_DIR: '<root>/repo' },
    },
  ],
  ['no folder above without a workspace', null, { files: { 'home/.npmrc': R, 'repo/.npmrc': token('ABOVE') } }],
]

/** pnpm 12, by key and form. */
export const KEYS: readonly Row[] = [
  [
    'a key for the package is none',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') + token('PACKAGE', '@acme%2frocket') } },
  ],
  [
    'a key for the scope before the registry’s',
    'Bearer SCOPE',
    { files: { 'home/.npmrc': R + token('USER') + token('SCOPE', '@acme/') } },
  ],
  [
    'a key for the scope, with a colon',
    'Bearer SCOPE',
    { files: { 'home/.npmrc': R + token('USER') + token('SCOPE', ':@acme') } },
  ],
  [
    'the longest path above the registry',
    'Bearer LONGER',
    { files: { 'home/.npmrc': 'registry=<registry>a/b/\n' + token('ABOVE') + token('LONGER', 'a/') } },
  ],
  [
    'a key for the host without its port',
    'Bearer PORTLESS',
    { files: { 'home/.npmrc': `${R}//127.0.0.1/:_authToken=PORTLESS\n` } },
  ],
  [
    'a key without a registry goes to the one of its file',
    'Bearer BARE',
    { files: { 'home/.npmrc': `${R}_authToken=BARE\n` } },
  ],
  [
    'and never to one that another file names',
    null,
    { files: { 'home/.npmrc': '_authToken=BARE\n', 'repo/pkg/.npmrc': R } },
  ],
  [
    'one with a registry before one without',
    'Bearer KEY',
    { files: { 'home/.npmrc': `${R}_authToken=BARE\n${token('KEY')}` } },
  ],
  ['_auth', BASIC, { files: { 'home/.npmrc': `${R}//<host>/:_auth=${BASIC.slice('Basic '.length)}\n` } }],
  ['username and _password', BASIC, { files: { 'home/.npmrc': R + PAIR } }],
  [
    'a token of the user before _auth of the project',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER'), 'repo/pkg/.npmrc': '//<host>/:_auth=dTpw\n' } },
  ],
  [
    'the registry’s URL before all',
    BASIC,
    { files: { 'home/.npmrc': `registry=http://user:pass@<host>/\n${token('USER')}` } },
  ],
]

/** pnpm 12, by a helper program. */
export const HELPERS: readonly Row[] = [
  [
    'a helper before a token: pnpm runs it, we do not',
    'Bearer HELPED',
    { files: { 'home/.npmrc': R + HELPER + token('USER') } },
  ],
  ['a helper in auth.ini', 'Bearer HELPED', { files: { [`${CONFIG}/auth.ini`]: R + HELPER } }],
  [
    'a helper in a repository stops pnpm',
    null,
    { files: { 'home/.npmrc': token('USER'), 'repo/pkg/.npmrc': R + HELPER } },
  ],
]

/** pnpm 12, as it is written. */
export const TEXTS: readonly Row[] = [
  [
    'a variable in the project’s file counts for nothing',
    null,
    { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') }, env: { SECRET: 'VALUE' } },
  ],
  [
    'unless the user names the file as their own',
    'Bearer VALUE',
    {
      files: { 'repo/pkg/.npmrc': R + token('${SECRET}') },
      env: { SECRET: 'VALUE', NPM_CONFIG_USERCONFIG: '<root>/repo/pkg/.npmrc' },
    },
  ],
  ['a variable', 'Bearer VALUE', { files: { 'home/.npmrc': R + token('${SECRET}') }, env: { SECRET: 'VALUE' } }],
  ['a variable with a default', 'Bearer default', { files: { 'home/.npmrc': R + token('${SECRET-default}') } }],
  [
    'a variable that is not set leaves nothing, and that is sent',
    'Bearer',
    { files: { 'home/.npmrc': R + token('${SECRET}') } },
  ],
  [
    'a section’s header ends nothing',
    'Bearer SECTION',
    { files: { 'home/.npmrc': R + '[section]\n' + token('SECTION') } },
  ],
  ['the last of two', 'Bearer TWO', { files: { 'home/.npmrc': R + token('ONE') + token('TWO') } }],
  ['quotes', 'Bearer QUOTED', { files: { 'home/.npmrc': R + '"//<host>/:_authToken"="QUOTED"\n' } }],
  ['a semicolon belongs to the value', 'Bearer SHORT ; long', { files: { 'home/.npmrc': R + token('SHORT ; long') } }],
  [
    'a byte order mark and carriage returns',
    'Bearer MARK',
    { files: { 'home/.npmrc': `\uFEFF${(token('MARK') + R).replaceAll('\n', '\r\n')}` } },
  ],
]

const two = token('Y', 'y/') + token('Z', 'z/')
/** pnpm 12, to which registry. */
export const REGISTRIES: readonly Row[] = [
  [
    'publishConfig before a scope’s registry',
    'Bearer Z',
    {
      files: { 'home/.npmrc': '@acme:registry=<registry>y/\n' + two },
      package: { publishConfig: { registry: '<registry>z/' } },
    },
  ],
  [
    'a scope’s registry of publishConfig',
    'Bearer Z',
    {
      files: { 'home/.npmrc': 'registry=<registry>y/\n' + two },
      package: { publishConfig: { '@acme:registry': '<registry>z/' } },
    },
  ],
  [
    'a scope’s registry',
    'Bearer Z',
    { files: { 'home/.npmrc': 'registry=<registry>y/\n@acme:registry=<registry>z/\n' + two } },
  ],
  [
    'pnpm’s variable before files',
    'Bearer Z',
    { files: { 'home/.npmrc': 'registry=<registry>y/\n' + two }, env: { PNPM_CONFIG_REGISTRY: '<registry>z/' } },
  ],
  [
    'npm’s variable is none',
    'Bearer Y',
    { files: { 'home/.npmrc': 'registry=<registry>y/\n' + two }, env: { npm_config_registry: '<registry>z/' } },
  ],
  [
    'pnpm-workspace.yaml before .npmrc',
    'Bearer Z',
    {
      files: {
        'home/.npmrc': 'registry=<registry>y/\n' + two,
        'repo/pkg/pnpm-workspace.yaml': 'registries:\n  default: <registry>z/\n',
      },
    },
  ],
  [
    'a scope in pnpm-workspace.yaml',
    'Bearer Z',
    {
      files: {
        'home/.npmrc': 'registry=<registry>y/\n' + two,
        'repo/pkg/pnpm-workspace.yaml': 'registries:\n  "@acme": <registry>z/\n',
      },
    },
  ],
  [
    'config.yaml before .npmrc',
    'Bearer Z',
    {
      files: { 'home/.npmrc': 'registry=<registry>y/\n' + two, [`${CONFIG}/config.yaml`]: 'registry: <registry>z/\n' },
    },
  ],
  [
    'a route of the variable for the scope',
    'Bearer JSON',
    {
      files: { 'home/.npmrc': '@acme:registry=<registry>y/\n' + two },
      env: { pnpm_config__auth: json('JSON', '@acme', 'json/') },
    },
  ],
  [
    'a route of the variable for all loses against a scope’s registry',
    'Bearer Y',
    {
      files: { 'home/.npmrc': '@acme:registry=<registry>y/\n' + two },
      env: { pnpm_config__auth: json('JSON', '@', 'json/') },
    },
  ],
  [
    'a route of config.yaml loses against every declared registry',
    'Bearer Y',
    {
      files: { 'home/.npmrc': 'registry=<registry>y/\n' + two, [`${CONFIG}/config.yaml`]: yaml('YAML', '@', 'yaml/') },
    },
  ],
  [
    'a repository leads the scope to another path of the user’s host: the user’s token goes there',
    'Bearer USER',
    {
      files: {
        'home/.npmrc': 'registry=<registry>own/\n' + token('USER'),
        'repo/pkg/.npmrc': '@acme:registry=<registry>evil/\n',
      },
    },
  ],
]
