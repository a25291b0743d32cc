// SPDX-License-Identifier: Apache-2.0
// Every place from which Bun takes a credential, by what it was seen to send.
import type { Row } from './stage.ts'

const R = 'registry=<registry>\n'
const token = (text: string, below = ''): string => `//<host>/${below}:_authToken=${text}\n`
const PAIR = '//<host>/:username=user\n//<host>/:_password=cGFzcw==\n'
const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`
const RC = 'repo/pkg/bunfig.toml'
const HOME = 'home/.bunfig.toml'
const registry = (fields: string): string => `[install]\nregistry = { url = "<registry>", ${fields} }\n`
const scope = (fields: string, name = '"@acme"'): string =>
  `[install.scopes]\n${name} = { url = "<registry>", ${fields} }\n`
const two = token('Y', 'y/') + token('Z', 'z/')
const TOP = 'repo/package.json'
const top = '{"name":"top","private":true,"workspaces":["*"]}'

/** Bun, by bunfig.toml. */
export const BUNFIG: readonly Row[] = [
  ['the project’s', 'Bearer PROJECT', { files: { [RC]: registry('token = "PROJECT"') } }],
  ['as a table', 'Bearer TABLE', { files: { [RC]: '[install.registry]\nurl = "<registry>"\ntoken = "TABLE"\n' } }],
  [
    'with dots',
    'Bearer DOTS',
    { files: { [RC]: 'install.registry.url = "<registry>"\ninstall.registry.token = "DOTS"\n' } },
  ],
  ['a name and a password', BASIC, { files: { [RC]: registry('username = "user", password = "pass"') } }],
  [
    'a token before them',
    'Bearer TOKEN',
    { files: { [RC]: registry('username = "user", password = "pass", token = "TOKEN"') } },
  ],
  ['in the URL', BASIC, { files: { [RC]: '[install]\nregistry = "http://user:pass@<host>/"\n' } }],
  ['a token in the URL', 'Bearer TOKEN', { files: { [RC]: '[install]\nregistry = "http://:TOKEN@<host>/"\n' } }],
  ['a token in the path', 'Bearer TOKEN', { files: { [RC]: '[install]\nregistry = "<registry>:_authToken=TOKEN"\n' } }],
  ['a scope', 'Bearer SCOPE', { files: { [RC]: scope('token = "SCOPE"') } }],
  ['a scope without @', 'Bearer SCOPE', { files: { [RC]: scope('token = "SCOPE"', 'acme') } }],
  ['a scope’s URL', BASIC, { files: { [RC]: '[install.scopes]\n"@acme" = "http://user:pass@<host>/"\n' } }],
  [
    'a scope at the common registry',
    'Bearer SCOPE',
    { files: { [RC]: '[install]\nregistry = "<registry>"\n[install.scopes]\nacme = { token = "SCOPE" }\n' } },
  ],
  [
    'a scope before the registry',
    'Bearer SCOPE',
    { files: { [RC]: registry('token = "COMMON"') + scope('token = "SCOPE"') } },
  ],
  ['the user’s', 'Bearer USER', { files: { [HOME]: registry('token = "USER"') } }],
  [
    'the project’s before the user’s',
    'Bearer PROJECT',
    { files: { [RC]: registry('token = "PROJECT"'), [HOME]: registry('token = "USER"') } },
  ],
  [
    'the whole of it',
    null,
    { files: { [RC]: '[install]\nregistry = "<registry>"\n', [HOME]: registry('token = "USER"') } },
  ],
  [
    'scopes are joined',
    'Bearer USER',
    { files: { [RC]: scope('token = "OTHER"', 'other'), [HOME]: scope('token = "USER"') } },
  ],
  [
    'the user’s elsewhere',
    'Bearer XDG',
    {
      files: { 'xdg/.bunfig.toml': registry('token = "XDG"'), [HOME]: registry('token = "USER"') },
      env: { XDG_CONFIG_HOME: '<root>/xdg' },
    },
  ],
  [
    'and no more in the home folder',
    null,
    { files: { [HOME]: registry('token = "USER"') }, env: { XDG_CONFIG_HOME: '<root>/xdg' } },
  ],
  ['a folder above', null, { files: { 'home/.npmrc': R, 'repo/bunfig.toml': registry('token = "ABOVE"') } }],
  [
    'the root of the workspaces',
    'Bearer TOP',
    { files: { [TOP]: top, 'repo/bunfig.toml': registry('token = "TOP"'), [RC]: registry('token = "MEMBER"') } },
  ],
  ['a variable', 'Bearer VALUE', { files: { [RC]: registry('token = "$SECRET"') }, env: { SECRET: 'VALUE' } }],
  [
    'a variable with braces is none',
    'Bearer ${SECRET}',
    { files: { [RC]: registry('token = "${SECRET}"') }, env: { SECRET: 'VALUE' } },
  ],
  ['a variable that is not set', null, { files: { [RC]: registry('token = "$SECRET"') } }],
  [
    'a variable of .env',
    'Bearer FILE',
    { files: { [RC]: registry('token = "$SECRET"'), 'repo/pkg/.env': 'SECRET=FILE\n' } },
  ],
]

/** Bun, by .npmrc. */
export const NPMRC: readonly Row[] = [
  ['the user’s', 'Bearer USER', { files: { 'home/.npmrc': R + token('USER') } }],
  [
    'the project’s before the user’s',
    'Bearer PROJECT',
    { files: { 'home/.npmrc': R + token('USER'), 'repo/pkg/.npmrc': token('PROJECT') } },
  ],
  [
    'the root of the workspaces',
    'Bearer TOP',
    { files: { [TOP]: top, 'home/.npmrc': R, 'repo/.npmrc': token('TOP'), 'repo/pkg/.npmrc': token('MEMBER') } },
  ],
  [
    'the user’s elsewhere',
    'Bearer XDG',
    {
      files: { 'home/.npmrc': R + token('USER'), 'xdg/.npmrc': R + token('XDG') },
      env: { XDG_CONFIG_HOME: '<root>/xdg' },
    },
  ],
  [
    'in the home folder where there is none',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') }, env: { XDG_CONFIG_HOME: '<root>/xdg' } },
  ],
  [
    'by npm’s variable',
    'Bearer OTHER',
    {
      files: { 'home/.npmrc': R + token('USER'), other: R + token('OTHER') },
      env: { NPM_CONFIG_USERCONFIG: '<root>/other' },
    },
  ],
  [
    'a repository leads the scope to another path of the user’s host: the user’s token goes there',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER'), 'repo/pkg/.npmrc': '@acme:registry=<registry>evil/\n' } },
  ],
  ['npm’s global file', null, { files: { 'home/.npmrc': R, globalrc: token('GLOBAL') } }],
  [
    'a variable with a registry in its name',
    null,
    { files: { 'home/.npmrc': R }, env: { 'npm_config_//<host>/:_authToken': 'NPM' } },
  ],
  [
    'the longest path above',
    'Bearer LONGER',
    { files: { 'home/.npmrc': `registry=<registry>a/b/\n${token('ABOVE')}${token('LONGER', 'a/')}` } },
  ],
  [
    'a key for the package is none',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') + token('PACKAGE', '@acme%2frocket') } },
  ],
  ['a key without a registry is none', null, { files: { 'home/.npmrc': `${R}_authToken=BARE\n_auth=dTpw\n` } }],
  ['a key with the scheme', 'Bearer SCHEME', { files: { 'home/.npmrc': `${R}//http://<host>/:_authToken=SCHEME\n` } }],
  ['username and _password', BASIC, { files: { 'home/.npmrc': R + PAIR } }],
  ['_auth before them', 'Basic dTpw', { files: { 'home/.npmrc': `${R}${PAIR}//<host>/:_auth=dTpw\n` } }],
  ['the URL of a registry', BASIC, { files: { 'home/.npmrc': 'registry=http://user:pass@<host>/\n' } }],
  [
    'a key before the URL',
    'Bearer KEY',
    { files: { 'home/.npmrc': `registry=http://user:pass@<host>/\n${token('KEY')}` } },
  ],
  [
    'the URL of bunfig.toml before a key',
    BASIC,
    { files: { 'home/.npmrc': token('KEY'), [RC]: '[install]\nregistry = "http://user:pass@<host>/"\n' } },
  ],
  [
    'bunfig.toml before .npmrc',
    'Bearer BUNFIG',
    { files: { 'repo/pkg/.npmrc': R + token('NPMRC'), [RC]: registry('token = "BUNFIG"') } },
  ],
  [
    'a registry of bunfig.toml and a key of .npmrc',
    'Bearer Z',
    { files: { 'repo/pkg/.npmrc': `registry=<registry>y/\n${two}`, [RC]: '[install]\nregistry = "<registry>z/"\n' } },
  ],
  [
    'a variable, also of a project',
    'Bearer VALUE',
    { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') }, env: { SECRET: 'VALUE' } },
  ],
  [
    'a variable without braces',
    'Bearer VALUE',
    { files: { 'repo/pkg/.npmrc': R + token('$SECRET') }, env: { SECRET: 'VALUE' } },
  ],
  ['a variable that is not set', 'Bearer ${SECRET}', { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') } }],
  ['a variable that may be missing', null, { files: { 'repo/pkg/.npmrc': R + token('${SECRET?}') } }],
  ['a section ends the settings', null, { files: { 'home/.npmrc': `${R}[section]\n${token('SECTION')}` } }],
  ['quotes', 'Bearer QUOTED', { files: { 'home/.npmrc': `${R}"//<host>/:_authToken"="QUOTED"\n` } }],
  [
    'a comment, and the last of two',
    'Bearer TWO',
    { files: { 'home/.npmrc': `${R}${token('ONE')}${token('TWO # comment')}` } },
  ],
  [
    'a byte order mark and carriage returns',
    'Bearer MARK',
    { files: { 'home/.npmrc': `\uFEFF${(token('MARK') + R).replaceAll('\n', '\r\n')}` } },
  ],
]

/** Bun, by variables and publishConfig. */
export const VARIABLES: readonly Row[] = [
  [
    'Bun’s before npm’s',
    'Bearer BUN',
    { files: { 'home/.npmrc': R }, env: { BUN_CONFIG_TOKEN: 'BUN', NPM_CONFIG_TOKEN: 'NPM' } },
  ],
  [
    'npm’s, which npm does not know',
    'Bearer NPM',
    { files: { 'home/.npmrc': R }, env: { NPM_CONFIG_TOKEN: 'NPM', npm_config_token: 'SMALL' } },
  ],
  ['in small letters', 'Bearer SMALL', { files: { 'home/.npmrc': R }, env: { npm_config_token: 'SMALL' } }],
  ['Bun’s in small letters is none', null, { files: { 'home/.npmrc': R }, env: { bun_config_token: 'SMALL' } }],
  [
    'before files',
    'Bearer BUN',
    {
      files: { 'home/.npmrc': R + token('USER'), [RC]: registry('token = "BUNFIG"') },
      env: { BUN_CONFIG_TOKEN: 'BUN' },
    },
  ],
  [
    'not for a scope of its own',
    'Bearer USER',
    { files: { 'home/.npmrc': `@acme:registry=<registry>\n${token('USER')}` }, env: { BUN_CONFIG_TOKEN: 'BUN' } },
  ],
  ['.env', 'Bearer FILE', { files: { 'home/.npmrc': R, 'repo/pkg/.env': 'BUN_CONFIG_TOKEN=FILE\n' } }],
  [
    '.env.local before .env.production before .env',
    'Bearer LOCAL',
    {
      files: {
        'home/.npmrc': R,
        'repo/pkg/.env.local': 'BUN_CONFIG_TOKEN=LOCAL\n',
        'repo/pkg/.env.production': 'BUN_CONFIG_TOKEN=PRODUCTION\n',
        'repo/pkg/.env': 'BUN_CONFIG_TOKEN=FILE\n',
      },
    },
  ],
  [
    '.env.development',
    'Bearer DEVELOPMENT',
    {
      files: { 'home/.npmrc': R, 'repo/pkg/.env.development': 'BUN_CONFIG_TOKEN=DEVELOPMENT\n' },
      env: { NODE_ENV: 'development' },
    },
  ],
  [
    'the environment before .env',
    'Bearer BUN',
    { files: { 'home/.npmrc': R, 'repo/pkg/.env': 'BUN_CONFIG_TOKEN=FILE\n' }, env: { BUN_CONFIG_TOKEN: 'BUN' } },
  ],
  [
    '.env of the root of the workspaces',
    'Bearer TOP',
    {
      files: {
        [TOP]: top,
        'home/.npmrc': R,
        'repo/.env': 'BUN_CONFIG_TOKEN=TOP\n',
        'repo/pkg/.env': 'BUN_CONFIG_TOKEN=MEMBER\n',
      },
    },
  ],
  [
    'a registry',
    'Bearer Z',
    {
      files: { 'home/.npmrc': two },
      env: { BUN_CONFIG_REGISTRY: '<registry>z/', NPM_CONFIG_REGISTRY: '<registry>y/' },
    },
  ],
  [
    'a registry with credentials',
    BASIC,
    { files: { 'home/.npmrc': token('USER') }, env: { BUN_CONFIG_REGISTRY: 'http://user:pass@<host>/' } },
  ],
  [
    'a registry below the usual one',
    'Bearer USER',
    { files: { [HOME]: registry('token = "USER"') }, env: { BUN_CONFIG_REGISTRY: '<registry>below/' } },
  ],
  [
    'a registry elsewhere',
    null,
    {
      files: { [HOME]: '[install]\nregistry = { url = "<registry>below/", token = "USER" }\n' },
      env: { BUN_CONFIG_REGISTRY: '<registry>' },
    },
  ],
  ['NODE_AUTH_TOKEN', null, { files: { 'home/.npmrc': R }, env: { NODE_AUTH_TOKEN: 'NODE', NPM_TOKEN: 'NPM' } }],
  [
    'publishConfig: a registry below',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') }, package: { publishConfig: { registry: '<registry>below/' } } },
  ],
  [
    'publishConfig: a registry elsewhere, even where there is a key for it',
    null,
    {
      files: { 'home/.npmrc': `registry=<registry>y/\n${two}` },
      package: { publishConfig: { registry: '<registry>z/' } },
    },
  ],
  [
    'publishConfig: not for a scope of its own',
    'Bearer Y',
    {
      files: { 'home/.npmrc': `@acme:registry=<registry>y/\n${two}` },
      package: { publishConfig: { registry: '<registry>z/' } },
    },
  ],
  [
    'publishConfig: a variable’s token goes nowhere else',
    null,
    { env: { BUN_CONFIG_TOKEN: 'BUN' }, package: { publishConfig: { registry: '<registry>' } } },
  ],
  [
    'publishConfig: a token',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') }, package: { publishConfig: { '//<host>/:_authToken': 'CONFIG' } } },
  ],
]
