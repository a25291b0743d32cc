// SPDX-License-Identifier: Apache-2.0
// Every place from which Yarn 1 takes a credential, by what it was seen to send.
import type { Row } from './stage.ts'

const R = 'registry=<registry>\n'
const token = (text: string, below = ''): string => `//<host>/${below}:_authToken=${text}\n`
const PAIR = '//<host>/:username=user\n//<host>/:_password=cGFzcw==\n'
const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`
const two = token('Y', 'y/') + token('Z', 'z/')

/** Yarn 1. */
export const ROWS: readonly Row[] = [
  ['the user’s file', 'Bearer USER', { files: { 'home/.npmrc': R + token('USER') } }],
  [
    'the project before the user',
    'Bearer PROJECT',
    { files: { 'home/.npmrc': R + token('USER'), 'repo/pkg/.npmrc': token('PROJECT') } },
  ],
  ['a folder above', 'Bearer ABOVE', { files: { 'home/.npmrc': R, 'repo/.npmrc': token('ABOVE') } }],
  [
    'the user before a folder above',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER'), 'repo/.npmrc': token('ABOVE') } },
  ],
  ['the prefix', 'Bearer PREFIX', { files: { 'home/.npmrc': R, 'prefix/etc/npmrc': token('PREFIX') } }],
  [
    'a user’s file elsewhere',
    'Bearer OTHER',
    { files: { other: R + token('OTHER') }, env: { NPM_CONFIG_USERCONFIG: '<root>/other' } },
  ],
  [
    'a project’s userconfig: no',
    'Bearer USER',
    {
      files: {
        'home/.npmrc': R + token('USER'),
        other: token('OTHER'),
        'repo/pkg/.npmrc': 'userconfig=<root>/other\n',
      },
    },
  ],
  ['npm’s global file', null, { files: { 'home/.npmrc': R, globalrc: token('GLOBAL') } }],
  [
    'a variable of Yarn’s, then one of npm’s',
    'Bearer YARN',
    { files: { 'home/.npmrc': R }, env: { NPM_AUTH_TOKEN: 'NPM', YARN_AUTH_TOKEN: 'YARN' } },
  ],
  ['files before them', 'Bearer USER', { files: { 'home/.npmrc': R + token('USER') }, env: { NPM_AUTH_TOKEN: 'NPM' } }],
  [
    'a variable with a registry in its name',
    null,
    { files: { 'home/.npmrc': R }, env: { 'npm_config_//<host>/:_authToken': 'NPM' } },
  ],
  [
    'a variable for a token: its letters become small',
    null,
    { files: { 'home/.npmrc': R }, env: { npm_config__authToken: 'NPM' } },
  ],
  ['a variable for _auth', 'Basic dTpw', { files: { 'home/.npmrc': R }, env: { NPM_CONFIG__AUTH: 'dTpw' } }],
  [
    'variables for a password',
    BASIC,
    { files: { 'home/.npmrc': R }, env: { npm_config__password: 'cGFzcw==', npm_config_username: 'user' } },
  ],
  [
    'a key with a registry before them',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') }, env: { NPM_CONFIG__AUTH: 'dTpw' } },
  ],
  ['NODE_AUTH_TOKEN', null, { files: { 'home/.npmrc': R }, env: { NODE_AUTH_TOKEN: 'NODE', NPM_TOKEN: 'NPM' } }],
  ['a key without a registry', 'Bearer BARE', { files: { 'home/.npmrc': `${R}_authToken=BARE\n` } }],
  ['_auth and a password', 'Basic dTpw', { files: { 'home/.npmrc': `${R}${PAIR}//<host>/:_auth=dTpw\n` } }],
  ['username and _password', BASIC, { files: { 'home/.npmrc': R + PAIR } }],
  ['a shorter path is none', null, { files: { 'home/.npmrc': `registry=<registry>a/b/\n${token('ABOVE')}` } }],
  ['the same path', 'Bearer SAME', { files: { 'home/.npmrc': `registry=<registry>a/b\n${token('SAME', 'a/b/')}` } }],
  [
    'the path before registry/',
    'Bearer BEFORE',
    { files: { 'home/.npmrc': `registry=<registry>x/registry/\n${token('BEFORE', 'x/')}` } },
  ],
  ['a key with the scheme', 'Bearer SCHEME', { files: { 'home/.npmrc': `${R}<registry>:_authToken=SCHEME\n` } }],
  [
    'a key for the package is none',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') + token('PACKAGE', '@acme%2frocket') } },
  ],
  ['a scope’s registry', 'Bearer Y', { files: { 'home/.npmrc': `${R}@acme:registry=<registry>y/\n${two}` } }],
  [
    'publishConfig before it',
    'Bearer Z',
    {
      files: { 'home/.npmrc': `@acme:registry=<registry>y/\n${two}` },
      package: { publishConfig: { registry: '<registry>z/' } },
    },
  ],
  ['a registry of .yarnrc', 'Bearer Z', { files: { 'home/.yarnrc': 'registry "<registry>z/"\n', 'home/.npmrc': two } }],
  [
    '.npmrc before it',
    'Bearer Y',
    { files: { 'home/.yarnrc': 'registry "<registry>z/"\n', 'home/.npmrc': `registry=<registry>y/\n${two}` } },
  ],
  [
    'an argument of .yarnrc before both',
    'Bearer Z',
    { files: { 'repo/pkg/.yarnrc': '--registry "<registry>z/"\n', 'home/.npmrc': `registry=<registry>y/\n${two}` } },
  ],
  [
    'a scope’s registry of .yarnrc',
    'Bearer Z',
    {
      files: {
        'repo/pkg/.yarnrc': '"@acme:registry" "<registry>z/"\n',
        'home/.npmrc': `registry=<registry>y/\n${two}`,
      },
    },
  ],
  [
    'a token in .yarnrc is none',
    null,
    { files: { 'repo/pkg/.yarnrc': '"//<host>/:_authToken" YARNRC\n', 'home/.npmrc': R } },
  ],
  ['a variable', 'Bearer VALUE', { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') }, env: { SECRET: 'VALUE' } }],
  ['a variable that is not set stops Yarn', null, { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') } }],
  ['wherever it stands', null, { files: { 'home/.npmrc': R + token('USER'), 'repo/.npmrc': 'color=${SECRET}\n' } }],
  [
    'a repository leads the scope to another path of the user’s host: no token goes there',
    null,
    { files: { 'home/.npmrc': R + token('USER'), 'repo/pkg/.npmrc': '@acme:registry=<registry>evil/\n' } },
  ],
  ['a section ends the settings', null, { files: { 'home/.npmrc': `${R}[section]\n${token('SECTION')}` } }],
  [
    'the workspace’s own file',
    'Bearer MEMBER',
    {
      files: {
        'home/.npmrc': R,
        'repo/package.json': '{"name":"top","private":true,"workspaces":["*"]}',
        'repo/.npmrc': token('TOP'),
        'repo/pkg/.npmrc': token('MEMBER'),
      },
    },
  ],
]
