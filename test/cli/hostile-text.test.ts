// SPDX-License-Identifier: Apache-2.0
// What strangers write changes no rendering: the views of explain, init, pin, exempt, exec, of errors and notes, and the program as a whole.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { BonafideError, ERROR_CODES, finding, toSha512 } from '@bonafide/core'
import { cooldownSettings } from '@bonafide/policy'
import type { Adoption, ExemptPlan, Explanation, FieldChange, Note, PinPlan } from '@bonafide/verify'
import type * as decisionModule from '../../packages/cli/src/decision.ts'
import type * as adoptionModule from '../../packages/cli/src/render-adoption.ts'
import type * as errorModule from '../../packages/cli/src/render-error.ts'
import type * as exemptModule from '../../packages/cli/src/render-exempt.ts'
import type * as explanationModule from '../../packages/cli/src/render-explanation.ts'
import type * as jsonModule from '../../packages/cli/src/render-json.ts'
import type * as noteModule from '../../packages/cli/src/render-note.ts'
import type * as pinModule from '../../packages/cli/src/render-pin.ts'
import type * as terminalModule from '../../packages/cli/src/terminal.ts'
import { HOSTILE, TERMINAL, checkQuiet, linesOf, reportWith } from '../support/hostile-text.ts'
import { runMain } from '../support/world.ts'
import type { Ran } from '../support/world.ts'

const source = new URL('../../packages/cli/src/', import.meta.url).href
const { confirm } = (await import(`${source}decision.ts`)) as typeof decisionModule
const { renderAdoption } = (await import(`${source}render-adoption.ts`)) as typeof adoptionModule
const { renderError } = (await import(`${source}render-error.ts`)) as typeof errorModule
const { renderExemptPlan } = (await import(`${source}render-exempt.ts`)) as typeof exemptModule
const { renderExplanation } = (await import(`${source}render-explanation.ts`)) as typeof explanationModule
const { renderErrorJson, renderJson } = (await import(`${source}render-json.ts`)) as typeof jsonModule
const { renderNote } = (await import(`${source}render-note.ts`)) as typeof noteModule
const { renderPinPlan, renderUnpinnable } = (await import(`${source}render-pin.ts`)) as typeof pinModule
const { printable } = (await import(`${source}terminal.ts`)) as typeof terminalModule

function explanationWith(text: string): Explanation {
  const facts = [
    [text, text],
    ['runs', text],
  ] as const
  return {
    ...reportWith(text),
    steps: [
      { step: 'bytes', outcome: 'failed', facts },
      { step: 'metadata', outcome: 'unknown', facts },
      { step: 'registry signature', outcome: 'missing', facts: [] },
      { step: 'publish attestation', outcome: 'shown', facts },
      { step: 'provenance', outcome: 'shown', facts },
      { step: 'pin', outcome: 'failed', facts },
    ],
  }
}

function adoptionWith(text: string): Adoption {
  const names = Array.from({ length: 7 }, () => text)
  const version = { name: text, version: text, passes: text }
  return {
    report: reportWith(text),
    written: [text, text],
    isFirst: true,
    recorded: {
      identities: names,
      none: names,
      scripts: [{ name: text, hooks: [text, text] }],
      exotic: [`${text}@${text}`],
      mirrors: [text],
    },
    open: [
      { codes: ['provenance-missing'], versions: [version, version], commands: [`bonafide pin ${text}`, text] },
      { codes: ['cooldown'], versions: [{ ...version, passes: null }], commands: [] },
    ],
    settings: cooldownSettings(168),
  }
}

function pinPlanWith(text: string): PinPlan {
  const report = reportWith(text)
  const row = (effect: FieldChange['effect'], before: string | null, after: string | null): FieldChange => ({
    field: text,
    before,
    after,
    effect,
  })
  const fields = [
    row('same', text, text),
    row('changed', text, `${text}, ${text}`),
    row('added', null, text),
    row('removed', text, null),
    row('lowered', text, text),
    row('raised', text, text),
  ]
  const identities = (['same', 'widened', 'replaced', 'added', 'removed'] as const).map((effect) => ({
    effect,
    fields,
    repository: text,
  }))
  const findings = [finding('certificate-chain', { found: text, wanted: text, fix: text, entry: text })]
  return {
    report,
    before: report.packages,
    pins: { packages: new Map(), exotic: [] },
    changes: [{ name: text, identities, fields }],
    unpinnable: [
      { name: text, version: text, findings },
      { name: text, version: text, findings },
    ],
    scripts: [{ name: text, version: text, hook: text, command: text }],
  }
}

function exemptPlanWith(text: string): ExemptPlan {
  const said = [finding('cooldown', { found: text, wanted: text, fix: text, entry: text })]
  const exemption = {
    name: text,
    version: text,
    integrity: toSha512(Buffer.alloc(64)),
    rules: ['cooldown'] as const,
    reason: text,
  }
  return {
    exemptions: [exemption],
    exempted: [
      { ...exemption, passes: text, waived: said, left: said },
      { ...exemption, passes: null, waived: said, left: [] },
    ],
    removed: [exemption, exemption],
    report: reportWith(text),
  }
}

function errorWith(text: string, code: BonafideError['code']): BonafideError {
  const detail = { path: text, line: 4, column: 7, found: text, wanted: text, url: text, hint: text }
  return new BonafideError(code, text, { ...detail, cause: new Error(text) })
}

/** A view with its foreign text left out; what is left is ours. At a seam with it our own colon is escaped too. */
function skeleton(view: string, text: string): string {
  return view.replaceAll(printable(text), 'T').replaceAll(/T\\u\{3a\}/gu, 'T:')
}

// As long as the text comes out: a row that is too long for a line is two.
const harmlessLike = (text: string): string => 'h'.repeat(printable(text).length)

const VIEWS: Readonly<Record<string, (text: string) => string>> = {
  explain: (text) => renderExplanation(explanationWith(text), TERMINAL),
  init: (text) => renderAdoption(adoptionWith(text), TERMINAL),
  pin: (text) => renderPinPlan(pinPlanWith(text), TERMINAL),
  unpinnable: (text) => renderUnpinnable(pinPlanWith(text), TERMINAL),
  exempt: (text) => renderExemptPlan(exemptPlanWith(text), TERMINAL),
  errors: (text) => ERROR_CODES.map((code) => renderError(errorWith(text, code), TERMINAL)).join(''),
  notes: (text) =>
    reportWith(text)
      .notes.map((note: Note) => renderNote(note))
      .join('\n'),
}

// As each command puts them together for `--json`.
const OBJECTS: Readonly<Record<string, (text: string) => object>> = {
  explain: explanationWith,
  init: (text) => ({ ...reportWith(text), ...adoptionWith(text) }),
  pin: (text) => {
    const { report, changes, unpinnable } = pinPlanWith(text)
    return { ...report, changes, unpinnable, written: [text] }
  },
  exempt: (text) => ({ ...reportWith(text), ...exemptPlanWith(text), written: [text] }),
}

for (const [index, text] of [...HOSTILE, HOSTILE.slice(0, -1).join(' ')].entries()) {
  await t.test(`what decides and explains shows foreign text as text: ${index}`, async (check) => {
    const harmless = harmlessLike(text)
    for (const [name, view] of Object.entries(VIEWS)) {
      const shown = view(text)
      check.equal(skeleton(shown, text), skeleton(view(harmless), harmless), `${name}: the same view but for its texts`)
      check.equal(linesOf(shown), linesOf(view(harmless)), `${name}: as many lines`)
      checkQuiet(check, shown, name)
    }
    for (const [name, object] of Object.entries(OBJECTS)) {
      const json = renderJson(object(text))
      check.strictSame(JSON.parse(json), JSON.parse(JSON.stringify(object(text))), `${name} --json: what was there`)
      check.equal(linesOf(json), linesOf(renderJson(object(harmless))), `${name} --json: as many lines`)
      checkQuiet(check, json, `${name} --json`)
    }
    for (const code of ERROR_CODES) {
      const json = renderErrorJson(errorWith(text, code))
      check.match(JSON.parse(json), { error: { code, message: text, found: text, hint: text } })
      check.equal(linesOf(json), linesOf(renderErrorJson(errorWith(harmless, code))), `${code} --json: as many lines`)
      checkQuiet(check, json, `${code} --json`)
    }
    let asked = ''
    const terminal = { ...TERMINAL, ask: (question: string) => Promise.resolve(((asked += question), text)) }
    // What is to be typed is the text itself, where a person can.
    await confirm(terminal, 'pin', [text.trim()])
    check.equal(asked, `pin: type ${printable(text.trim())} to confirm: `)
    checkQuiet(check, asked, 'the question')
  })
}

/** A name that a file can have. */
const fileName = (text: string): string => text.replaceAll('/', '|').slice(0, 80)

// The whole program: command lines that are not understood, and files that are not what they should be.
type Files = Readonly<Record<string, string>>
type Scene = readonly [words: readonly string[], files?: Files]

const LOCKFILE = JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: { '': { name: 'shop' } } })

const file = (name: string, value: unknown): Scene => [
  ['verify', '--offline'],
  { 'package-lock.json': LOCKFILE, [name]: typeof value === 'string' ? value : JSON.stringify(value) },
]
const lock = (value: unknown): Scene => [
  ['verify', '--offline'],
  { 'package-lock.json': typeof value === 'string' ? value : JSON.stringify(value) },
]
const exemption = {
  name: 'paint',
  version: '1.0.0',
  integrity: `sha512-${'A'.repeat(86)}==`,
  rules: ['cooldown'],
  reason: 'read it',
}
const exempt = (change: object): Scene =>
  file('bonafide.exemptions.json', { version: 1, exemptions: [{ ...exemption, ...change }] })
const pins = (packages: object): Scene => file('bonafide.lock', { version: 1, packages })

/** Each ends before a registry is asked. */
function scenesWith(text: string): Readonly<Record<string, Scene>> {
  return {
    command: [[text]],
    option: [[`--${text}`]],
    'value of a switch': [['verify', `--offline=${text}`]],
    explain: [['explain', text]],
    'explain twice': [['explain', text, text]],
    pin: [['pin', text, '--yes']],
    exempt: [['exempt', text, '--rule', 'cooldown', '--reason', 'read it', '--yes']],
    rule: [['exempt', 'paint@1.0.0', '--rule', text, '--reason', 'read it', '--yes']],
    'hint without a terminal': [['pin', 'paint', text]],
    exec: [['exec', text]],
    'exec twice': [['exec', text, text]],
    folders: [['verify', text, text]],
    format: [['verify', '--format', text]],
    time: [['verify', '--now', text]],
    loosened: [['verify', '--loosened', text]],
    refs: [['diff', text, text]],
    base: [['verify', '--base', text], { 'package-lock.json': LOCKFILE }],
    'ref of a diff': [['diff', text], { 'package-lock.json': LOCKFILE }],
    folder: [['verify', fileName(text)]],
    'lockfile that is not there': [['verify', '--lockfile', fileName(text)]],
    'policy that is not there': [['verify', '--policy', fileName(text)], { 'package-lock.json': LOCKFILE }],
    'policy by name': [
      ['verify', '--policy', fileName(text)],
      { 'package-lock.json': LOCKFILE, [fileName(text)]: '{}' },
    ],
    'root that is not there': [['verify', '--trusted-root', fileName(text)], { 'package-lock.json': LOCKFILE }],
    'keys that are not there': [['verify', '--registry-keys', fileName(text)], { 'package-lock.json': LOCKFILE }],
    'lockfile syntax': lock(`{ ${text}`),
    'lockfile key': lock({ name: 'shop', lockfileVersion: text, packages: {} }),
    'policy syntax': file('bonafide.json', `{"version": 1, ${text}`),
    'policy key': file('bonafide.json', { version: 1, [text]: 1 }),
    'policy version': file('bonafide.json', { version: text }),
    'policy rule': file('bonafide.json', { version: 1, rules: { [text]: 'off' } }),
    'policy level': file('bonafide.json', { version: 1, rules: { cooldown: text } }),
    'policy package': file('bonafide.json', { version: 1, packages: { [`${text}?`]: {} } }),
    'policy outside': file('bonafide.json', { version: 1, outside: [`${text}?`] }),
    'policy floor': file('bonafide.json', { version: 1, extends: { file: text, digest: text } }),
    'policy mode': file('bonafide.json', { version: 1, mode: text, observeUntil: text }),
    'pin name': pins({ [`${text}?`]: { identities: 'none', lines: { '1': 'none' } } }),
    'pin line': pins({ paint: { identities: 'none', lines: { [`${text}?`]: 'none' } } }),
    'pin strength': pins({ paint: { identities: 'none', lines: { '1': text } } }),
    'pin identity': pins({ paint: { identities: [{ repository: text, [text]: text }], lines: { '1': 'provenance' } } }),
    'pin hook': pins({ paint: { identities: 'none', lines: { '1': 'none' }, hooks: [text] } }),
    'exemption name': exempt({ name: `${text}?` }),
    'exemption version': exempt({ version: text }),
    'exemption bytes': exempt({ integrity: text }),
    'exemption rule': exempt({ rules: [text] }),
    'exemption reason': exempt({ reason: `${text}\n` }),
  }
}

/** Runs the program in a new folder that holds these files. */
async function runIn(root: string, [words, files = {}]: Scene, more: readonly string[] = []): Promise<Ran> {
  const folder = await mkdtemp(join(root, 'p-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return runMain([...words, ...more], folder, { HOME: root, XDG_CACHE_HOME: root, PATH: '' })
}

await t.test('a fault of the program itself forges no line', async (check) => {
  for (const text of HOSTILE) {
    const broken = new Proxy(
      {},
      {
        get: () => {
          throw new TypeError(text)
        },
      },
    )
    const { status, stderr } = await runMain(['exec', 'greet'], tmpdir(), broken)
    check.equal(status, 3)
    checkQuiet(check, stderr, 'fault')
    const [first = '', ...frames] = stderr.trimEnd().split('\n')
    check.equal(first, `bonafide: internal error: TypeError: ${printable(text)}`)
    check.ok(frames.length > 0)
    for (const frame of frames) check.match(frame, /^ {4}at /u)
  }
})

interface Told {
  readonly error: { readonly code: string }
}

await t.test('an error says the same, whatever strangers wrote', async (check) => {
  const root = await mkdtemp(join(tmpdir(), 'bonafide-hostile-'))
  check.teardown(() => rm(root, { recursive: true, force: true }))
  const codes = new Set<string>()
  for (const [index, long] of HOSTILE.entries()) {
    const text = long.slice(0, 400)
    // No name of a package either.
    const wanted = scenesWith('not a name')
    for (const [name, scene] of Object.entries(scenesWith(text))) {
      const what = `${name} ${index}`
      const plain = wanted[name] ?? [[]]
      const [human, like] = [await runIn(root, scene), await runIn(root, plain)]
      check.equal(human.status, 2, what)
      check.equal(human.stdout, '', what)
      check.match(human.stderr, /^bonafide: error: /u, what)
      check.equal(linesOf(human.stderr), linesOf(like.stderr), `${what}: as many lines`)
      checkQuiet(check, human.stderr, what)
      const [object, other] = [await runIn(root, scene, ['--json']), await runIn(root, plain, ['--json'])]
      check.equal(codeOf(object), codeOf(other), `${what}: the same code`)
      check.equal(linesOf(object.stdout), linesOf(other.stdout), `${what} --json: as many lines`)
      checkQuiet(check, object.stdout, `${what} --json`)
      codes.add(codeOf(object))
    }
  }
  // Otherwise every scene might be the same usage error.
  check.strictSame([...codes].sort(), [
    'BONAFIDE_BASE_UNREADABLE',
    'BONAFIDE_EXEMPTIONS_MALFORMED',
    'BONAFIDE_LOCKFILE_MALFORMED',
    'BONAFIDE_LOCKFILE_UNREADABLE',
    'BONAFIDE_NO_LOCKFILE',
    'BONAFIDE_PINS_MALFORMED',
    'BONAFIDE_POLICY_MALFORMED',
    'BONAFIDE_POLICY_UNREADABLE',
    'BONAFIDE_REGISTRY_KEYS_UNREADABLE',
    'BONAFIDE_TRUSTED_ROOT_UNREADABLE',
    'BONAFIDE_USAGE',
  ])
})

function codeOf({ stdout }: Ran): string {
  return (JSON.parse(stdout) as Told).error.code
}
