// SPDX-License-Identifier: Apache-2.0
// Every place from which npm 12 and npm 11 take a credential, by what they were seen to send.
import type { Row } from './stage.ts'

const R = 'registry=<registry>\n'
const token = (text: string, below = ''): string => `//<host>/${below}:_authToken=${text}\n`
const PAIR = '//<host>/:username=user\n//<host>/:_password=cGFzcw==\n'
const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`

/** npm 12, layer by layer. */
export const LAYERS: readonly Row[] = [
  ['the project’s file', 'Bearer PROJECT', { files: { 'repo/pkg/.npmrc': R + token('PROJECT') } }],
  ['the user’s file', 'Bearer USER', { files: { 'home/.npmrc': R + token('USER') } }],
  [
    'a user’s file elsewhere',
    'Bearer OTHER',
    {
      files: { 'home/.npmrc': token('USER'), other: R + token('OTHER') },
      env: { NPM_CONFIG_USERCONFIG: '<root>/other' },
    },
  ],
  ['the global file', 'Bearer GLOBAL', { files: { 'home/.npmrc': R, globalrc: token('GLOBAL') } }],
  [
    'a variable with a registry in its name',
    'Bearer VARIABLE',
    { files: { 'home/.npmrc': R + token('USER') }, env: { 'npm_config_//<host>/:_authToken': 'VARIABLE' } },
  ],
  [
    'the same with another prefix: the last one counts',
    'Bearer LATER',
    {
      files: { 'home/.npmrc': R },
      env: { 'NPM_CONFIG_//<host>/:_authToken': 'FORMER', 'npm_config_//<host>/:_authToken': 'LATER' },
    },
  ],
  [
    'an option before everything',
    'Bearer OPTION',
    {
      args: ['--//<host>/:_authToken=OPTION'],
      files: { 'repo/pkg/.npmrc': R + token('PROJECT') },
      env: { 'npm_config_//<host>/:_authToken': 'VARIABLE' },
      package: { publishConfig: { '//<host>/:_authToken': 'CONFIG' } },
    },
  ],
  [
    'the project before the user and the global file',
    'Bearer PROJECT',
    { files: { 'repo/pkg/.npmrc': R + token('PROJECT'), 'home/.npmrc': token('USER'), globalrc: token('GLOBAL') } },
  ],
  [
    'a variable before the project',
    'Bearer VARIABLE',
    { files: { 'repo/pkg/.npmrc': R + token('PROJECT') }, env: { 'npm_config_//<host>/:_authToken': 'VARIABLE' } },
  ],
]

/** npm 12, by publishConfig. */
export const PUBLISH_CONFIG: readonly Row[] = [
  [
    'publishConfig before files',
    'Bearer CONFIG',
    { files: { 'home/.npmrc': R + token('USER') }, package: { publishConfig: { '//<host>/:_authToken': 'CONFIG' } } },
  ],
  [
    'publishConfig alone is not enough: npm looks for a login first',
    null,
    { files: { 'home/.npmrc': R }, package: { publishConfig: { '//<host>/:_authToken': 'CONFIG' } } },
  ],
  [
    'a key for the package in publishConfig before the token',
    BASIC,
    {
      files: { 'home/.npmrc': R + token('USER') },
      package: { publishConfig: { '//<host>/@acme%2frocket:_auth': BASIC.slice('Basic '.length) } },
    },
  ],
  [
    'a variable in publishConfig is sent as it stands',
    'Bearer ${SECRET}',
    {
      files: { 'home/.npmrc': R + token('USER') },
      env: { SECRET: 'VALUE' },
      package: { publishConfig: { '//<host>/:_authToken': '${SECRET}' } },
    },
  ],
  [
    'a registry of publishConfig',
    'Bearer THERE',
    {
      files: { 'home/.npmrc': R + token('HERE') + token('THERE', 'there/') },
      package: { publishConfig: { registry: '<registry>there/' } },
    },
  ],
  [
    'a scope’s registry of publishConfig before its registry',
    'Bearer SCOPE',
    {
      files: { 'home/.npmrc': token('SCOPE', 'scope/') + token('THERE', 'there/') },
      package: { publishConfig: { '@acme:registry': '<registry>scope/', registry: '<registry>there/' } },
    },
  ],
  [
    'a scope’s registry of a file before the registry of publishConfig',
    'Bearer SCOPE',
    {
      files: {
        'home/.npmrc': '@acme:registry=<registry>scope/\n' + token('SCOPE', 'scope/') + token('THERE', 'there/'),
      },
      package: { publishConfig: { registry: '<registry>there/' } },
    },
  ],
  [
    'an option before the registry of publishConfig',
    'Bearer OPTION',
    {
      args: ['--registry=<registry>option/'],
      files: { 'home/.npmrc': token('OPTION', 'option/') + token('THERE', 'there/') },
      package: { publishConfig: { registry: '<registry>there/' } },
    },
  ],
]

/** npm 12, by key. */
export const KEYS: readonly Row[] = [
  [
    'a key for the package before the registry’s',
    'Bearer PACKAGE',
    { files: { 'home/.npmrc': R + token('USER') + token('PACKAGE', '@acme%2frocket') } },
  ],
  [
    'a key for the package alone is not enough',
    null,
    { files: { 'home/.npmrc': R + token('PACKAGE', '@acme%2frocket') } },
  ],
  [
    'with a slash at its end it is none for the package',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') + token('PACKAGE', '@acme%2frocket/') } },
  ],
  [
    'a key for the scope is none',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') + token('SCOPE', '@acme') } },
  ],
  [
    'a registry below the key: the login is looked for exactly',
    null,
    { files: { 'home/.npmrc': 'registry=<registry>below/\n' + token('ABOVE') } },
  ],
  [
    'a package without a scope',
    'Bearer PACKAGE',
    { files: { 'home/.npmrc': R + token('USER') + token('PACKAGE', 'rocket') }, package: { name: 'rocket' } },
  ],
]

/** npm 12, by form. */
export const FORMS: readonly Row[] = [
  ['_auth', BASIC, { files: { 'home/.npmrc': R + `//<host>/:_auth=${BASIC.slice('Basic '.length)}\n` } }],
  ['username and _password', BASIC, { files: { 'home/.npmrc': R + PAIR } }],
  ['_auth before a password', 'Basic dTpw', { files: { 'home/.npmrc': R + PAIR + '//<host>/:_auth=dTpw\n' } }],
  [
    'a token before _auth and a password, wherever they stand',
    'Bearer GLOBAL',
    { files: { 'home/.npmrc': R + PAIR + '//<host>/:_auth=dTpw\n', globalrc: token('GLOBAL') } },
  ],
  ['_auth without a registry stops npm', null, { files: { 'home/.npmrc': R + '_auth=dTpw\n' + token('USER') } }],
  [
    '_auth without a registry in a variable does nothing',
    'Bearer USER',
    { files: { 'home/.npmrc': R + token('USER') }, env: { npm_config__auth: 'dTpw', npm_config__authToken: 'BARE' } },
  ],
  [
    'NODE_AUTH_TOKEN and NPM_TOKEN by themselves do nothing',
    null,
    { files: { 'home/.npmrc': R }, env: { NODE_AUTH_TOKEN: 'NODE', NPM_TOKEN: 'NPM' } },
  ],
  [
    'credentials in the registry’s URL are not sent beside a token',
    'Bearer USER',
    { files: { 'home/.npmrc': 'registry=http://user:pass@<host>/\n' + token('USER') } },
  ],
  ['nor by themselves', null, { files: { 'home/.npmrc': 'registry=http://user:pass@<host>/\n' } }],
  [
    'yet beside a client certificate they are, even one whose files are gone',
    BASIC,
    {
      files: {
        'home/.npmrc': 'registry=http://user:pass@<host>/\n//<host>/:certfile=/gone\n//<host>/:keyfile=/gone\n',
      },
    },
  ],
]

/** npm 12, as it is written. */
export const TEXTS: readonly Row[] = [
  ['a variable', 'Bearer VALUE', { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') }, env: { SECRET: 'VALUE' } }],
  ['a variable that is not set', 'Bearer ${SECRET}', { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') } }],
  ['a variable that may be missing', null, { files: { 'repo/pkg/.npmrc': R + token('${SECRET?}') } }],
  [
    'a variable in another letter case',
    'Bearer ${SECRET}',
    { files: { 'repo/pkg/.npmrc': R + token('${SECRET}') }, env: { Secret: 'VALUE' } },
  ],
  [
    'a variable in the key',
    'Bearer KEY',
    { files: { 'home/.npmrc': R + '//${PLACE}/:_authToken=KEY\n' }, env: { PLACE: '<host>' } },
  ],
  ['the last of two', 'Bearer TWO', { files: { 'home/.npmrc': R + token('ONE') + token('TWO') } }],
  [
    'quotes around key and value',
    'Bearer QUOTED',
    { files: { 'home/.npmrc': R + '"//<host>/:_authToken" = "QUOTED"\n' } },
  ],
  [
    'a comment behind the value',
    'Bearer SHORT',
    { files: { 'home/.npmrc': `; comment\n# comment\n${R}//<host>/:_authToken=SHORT ; long\n` } },
  ],
  ['a section ends the settings', null, { files: { 'home/.npmrc': R + '[section]\n' + token('SECTION') } }],
  ['another letter case of the key', null, { files: { 'home/.npmrc': R + '//<host>/:_authtoken=LOWER\n' } }],
  [
    'a byte order mark and carriage returns',
    'Bearer MARK',
    { files: { 'home/.npmrc': `\uFEFF${(token('MARK') + R).replaceAll('\n', '\r\n')}` } },
  ],
  ['a list', 'Bearer LIST', { files: { 'home/.npmrc': R + '//<host>/:_authToken[]=LIST\n' } }],
  ['a key without a value', 'Bearer true', { files: { 'home/.npmrc': R + '//<host>/:_authToken\n' } }],
]

/** npm 12, what a repository may bring along. */
export const ATTACKS: readonly Row[] = [
  [
    'a pull request’s .npmrc leads the scope to another path of the user’s host: no token goes there',
    null,
    { files: { 'home/.npmrc': R + token('USER'), 'repo/pkg/.npmrc': '@acme:registry=<registry>evil/\n' } },
  ],
  [
    'with a key of its own that names a variable, that variable does',
    'Bearer VALUE',
    {
      files: {
        'home/.npmrc': R + token('USER'),
        'repo/pkg/.npmrc': '@acme:registry=<registry>evil/\n' + token('${NPM_TOKEN}', 'evil/'),
      },
      env: { NPM_TOKEN: 'VALUE' },
    },
  ],
  [
    'a project’s file names another file of the user',
    'Bearer OTHER',
    {
      files: {
        'home/.npmrc': token('USER'),
        'repo/other': token('OTHER'),
        'repo/pkg/.npmrc': R + 'userconfig=<root>/repo/other\n',
      },
    },
  ],
  [
    'the root of the workspaces, not the workspace',
    'Bearer TOP',
    {
      files: {
        'repo/package.json': '{"name":"top","private":true,"workspaces":["pkg"]}',
        'repo/.npmrc': R + token('TOP'),
        'repo/pkg/.npmrc': token('MEMBER'),
      },
    },
  ],
]
