// SPDX-License-Identifier: Apache-2.0

/** An option: whether it takes a value, and what help says of it, a line each. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** Whether it may be given several times. */
  readonly isRepeatable?: boolean
  /** What stands for the value in help. */
  readonly takes?: string
  readonly about: readonly string[]
}

/** The options that there are. */
const OPTION_NAMES = [
  'lockfile',
  'packages',
  'registry',
  'evidence-registry',
  'trusted-root',
  'registry-keys',
  'policy',
  'base',
  'no-base',
  'loosened',
  'allow-incomplete',
  'now',
  'offline',
  'evidence',
  'evidence-sha256',
  'export-evidence',
  'tarballs',
  'json',
  'format',
  'report',
  'update',
  'allow-older',
  'since',
  'webhook',
  'record',
  'revoke',
  'otp',
  'yes',
  'add',
  'rule',
  'reason',
  'history',
  'sha512',
  'recursive',
  'stage',
  'tag',
  'access',
  'dry-run',
  'allow-scripts',
  'allow-script',
  'no-provenance',
  'wait',
  'fix',
  'engine',
  'engine-sha512',
  'help',
  'version',
] as const

/** The name of an option, without its dashes. */
export type OptionName = (typeof OPTION_NAMES)[number]

/** Every option that there is; which command takes which, the commands say. */
export const OPTIONS: Readonly<Record<OptionName, OptionSpec>> = {
  lockfile: {
    type: 'string',
    takes: 'FILE',
    about: ['the lockfile to read (default: all that are in DIR)'],
  },
  packages: {
    type: 'string',
    takes: 'FILE',
    about: [
      'judge the versions that FILE lists in place of a lockfile: a JSON array of {name, version, integrity, resolved},',
      'of which the last two may be left out',
    ],
  },
  registry: {
    type: 'string',
    takes: 'URL',
    about: [
      "the registry to ask for metadata and attestations (default: npm's configured one where it serves",
      "attestations, else the public one; a scope's own where npm's configuration maps it)",
    ],
  },
  'evidence-registry': {
    type: 'string',
    takes: 'URL',
    about: ['another registry for metadata and attestations, such as the public one behind a mirror'],
  },
  'trusted-root': {
    type: 'string',
    takes: 'FILE',
    about: ['a Sigstore trusted root to use in place of the public one'],
  },
  'registry-keys': {
    type: 'string',
    takes: 'FILE',
    about: ["the registry's public keys, in place of the pinned ones"],
  },
  policy: { type: 'string', takes: 'FILE', about: ['the policy to use (default: bonafide.json in DIR)'] },
  base: {
    type: 'string',
    takes: 'REF',
    about: [
      'the commit whose policy, pins, exemptions and private roots judge, and whose lockfile is known',
      '(default: the base of the pull request, in its CI job; else none)',
    ],
  },
  'allow-incomplete': {
    type: 'boolean',
    about: ['let the lockfile lack what package.json asks for: for hooks, which judge what a manager chooses'],
  },
  'no-base': { type: 'boolean', about: ['judge by the files at hand, also in the job of a pull request'] },
  loosened: {
    type: 'string',
    takes: 'LEVEL',
    about: [
      'what becomes of files that allow more than those of the base: "refuse" (default), or "warn" once whoever',
      'answers for them has approved: then they judge already',
    ],
  },
  now: { type: 'string', takes: 'ISO8601', about: ['judge as if it were this time; the report says "simulated"'] },
  offline: { type: 'boolean', about: ['ask nobody; use what earlier runs have kept'] },
  evidence: {
    type: 'string',
    takes: 'FILE',
    about: ['ask nobody; all answers come from FILE, which --export-evidence wrote at most 7 days ago'],
  },
  'evidence-sha256': {
    type: 'string',
    takes: 'HEX',
    about: ['what the bytes of the file of --evidence have to hash to'],
  },
  'export-evidence': {
    type: 'string',
    takes: 'FILE',
    about: [
      'write every document that was heard into FILE, for a run that can ask nobody; packed where it ends in .gz',
    ],
  },
  tarballs: {
    type: 'boolean',
    about: ['look into every tarball too: runs manifest-confusion, and shows scripts that no metadata tells'],
  },
  json: { type: 'boolean', about: ['print one JSON object'] },
  format: {
    type: 'string',
    takes: 'FORM',
    about: [
      'how the result is printed: human (default), json, github (annotations), gitlab (a Code Quality report),',
      'sarif, markdown (a comment)',
    ],
  },
  'allow-older': {
    type: 'boolean',
    about: [
      'where the newest version that was asked for is refused, take the newest one in the asked range that passes,',
      'and never an older one than is locked',
    ],
  },
  report: { type: 'string', takes: 'FILE', about: ['write what the run came to into FILE, as JSON'] },
  update: { type: 'boolean', about: ['look for the newest versions anew'] },
  since: {
    type: 'string',
    takes: 'ISO8601',
    about: ['judge versions that came out from then on (default: since the first with provenance of this repository)'],
  },
  webhook: {
    type: 'string',
    takes: 'URL',
    about: ['send an alarm there too, as JSON; https, or http to loopback'],
  },
  record: {
    type: 'boolean',
    about: ['write what the registry shows now into bonafide.watch.json, for a person who has looked at all of it'],
  },
  revoke: { type: 'boolean', about: ['revoke the tokens with these IDs, or those that outlive the limit; asks first'] },
  otp: { type: 'string', takes: 'CODE', about: ['a one-time password of the account'] },
  yes: { type: 'boolean', about: ['decide without being asked; refused under CI all the same'] },
  add: { type: 'boolean', about: ['keep the identities on record beside the new one'] },
  rule: { type: 'string', isRepeatable: true, takes: 'RULE', about: ['a rule to waive; may be given several times'] },
  reason: { type: 'string', takes: 'TEXT', about: ['why, in one line: it is printed in every report'] },
  history: {
    type: 'boolean',
    about: ['look through everything, too, that refs, reflogs, stashes and the index of git lead to'],
  },
  sha512: { type: 'string', takes: 'HEX', about: ['what the bytes of TARBALL have to hash to'] },
  recursive: {
    type: 'boolean',
    short: 'r',
    about: [
      'publish the packages of the workspace in DIR, dependencies first; or, with --sha512, the tarballs in DIR that its',
      'SHA512SUMS lists, of which HEX is the digest',
    ],
  },
  stage: { type: 'boolean', about: ['let it wait until a maintainer approves it (npm stage approve ID)'] },
  tag: {
    type: 'string',
    takes: 'TAG',
    about: ['the dist-tag (default: publishConfig.tag, else latest where nothing speaks against it)'],
  },
  access: {
    type: 'string',
    takes: 'WHO',
    about: ['"public" or "restricted" (default: publishConfig.access, else as the registry has it)'],
  },
  'dry-run': { type: 'boolean', about: ['do all but signing and sending, and say what would be done'] },
  'allow-scripts': {
    type: 'boolean',
    about: [
      'let the scripts of DIR run (prepack and its kin): with publish without the identity of the job; with guard, which has',
      'no say in how the client runs them, beside it',
    ],
  },
  'allow-script': {
    type: 'boolean',
    about: ['let the package begin to run a script on installation; consumers have to decide about it'],
  },
  'no-provenance': {
    type: 'boolean',
    about: ['publish without provenance: for private repositories, and for CI systems that cannot sign'],
  },
  wait: {
    type: 'string',
    takes: 'SECONDS',
    about: ['how long the registry may take to serve what it took (default: 120)'],
  },
  fix: { type: 'boolean', about: ['write what a file can mend, after showing the difference and asking'] },
  engine: {
    type: 'string',
    takes: 'URL',
    about: ['where jobs fetch the engine of bonafide (default: as another workflow says)'],
  },
  'engine-sha512': { type: 'string', takes: 'HEX', about: ['what the bytes of the engine have to hash to'] },
  help: { type: 'boolean', short: 'h', about: ['this text'] },
  version: { type: 'boolean', short: 'v', about: ['the version of bonafide'] },
}

/** The options that every command which judges versions takes. */
export const JUDGING: readonly OptionName[] = [
  'lockfile',
  'registry',
  'evidence-registry',
  'trusted-root',
  'registry-keys',
  'policy',
  'now',
  'offline',
  'tarballs',
  'json',
]

/** The options of commands that install a project once it is judged. */
export const INSTALLING: readonly OptionName[] = [
  'registry',
  'evidence-registry',
  'trusted-root',
  'registry-keys',
  'policy',
  'now',
  'offline',
  'json',
]

/** The options of commands that may ask a file in place of registries. */
export const AIR_GAPPED: readonly OptionName[] = ['evidence', 'evidence-sha256']

/** The options of commands that hold a change against its base. */
export const BASED: readonly OptionName[] = ['base', 'no-base', 'loosened']

/** The options' part of a help text. Help and version go with everything. */
export function optionsHelp(names: readonly OptionName[]): string {
  const all: readonly OptionName[] = [...names, 'help', 'version']
  const rows = all.map((name) => {
    const spec: OptionSpec = OPTIONS[name]
    const short = spec.short === undefined ? '' : `-${spec.short}, `
    return { head: `${short}--${name}${spec.takes === undefined ? '' : ` ${spec.takes}`}`, about: spec.about }
  })
  const width = Math.max(24, ...rows.map(({ head }) => head.length + 1))
  const lines = rows.flatMap(({ head, about: [first = '', ...more] }) => [
    `  ${head.padEnd(width)}  ${first}`,
    ...more.map((line) => `  ${' '.repeat(width)}  ${line}`),
  ])
  return ['Options', ...lines].join('\n')
}
