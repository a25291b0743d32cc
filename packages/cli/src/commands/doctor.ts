// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { nearest, withoutLogin } from '@bonafide/core'
import { examineRepository } from '@bonafide/publish'
import type { DoctorReport } from '@bonafide/publish'
import { loadNpmSettings, parseRegistryUrl } from '@bonafide/registry'
import { EXIT } from '../exit-code.ts'
import { renderDoctor } from '../render-doctor.ts'
import { ownVersion } from '../own-version.ts'
import { renderJson } from '../render-json.ts'
import { renderPublishGithub } from '../render-publish-github.ts'
import { checkRepair, renderRepaired, repairRepository } from '../repair.ts'
import type { Repaired } from '../repair.ts'
import { renderPublishSarif } from '../render-publish-sarif.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command, CommandInput } from './command.ts'

/** `bonafide doctor` */
export const DOCTOR: Command = {
  name: 'doctor',
  group: 'publish',
  operands: '[DIR]',
  summary: 'say what an attacker could do today with the releases of this repository, most dangerous first',
  title: 'say what an attacker could do today with the releases of this repository',
  about: `Reads the repository around DIR (default: the current folder) as an attacker would: the files of GitHub Actions, GitLab and CircleCI,
each package.json that could be published, the credentials that lie around here, and which jobs the registry trusts with each package, where
somebody who may see that is logged in (--otp hands over the one-time password that registries want for it). Each finding says who could do it, what they would do, where, and the
way to mend it. Runs no code of the repository. --offline asks nobody. --format takes human, json, github and sarif.

--fix writes the guard into each package.json, and a workflow of two jobs: one that installs, builds and packs without any identity, and one
with the identity that runs nothing but the pinned engine (--engine, --engine-sha512). It shows the difference first and asks; it overwrites no
file. What only settings of the host and of the registry can mend is told as the next steps.`,
  options: ['fix', 'yes', 'engine', 'engine-sha512', 'otp', 'offline', 'registry', 'json', 'format'],
  exits: [
    '0  nothing is refused; there may be warnings',
    '1  at least one finding is refused',
    '2  wrong usage, nothing to examine, or a bonafide.json that cannot be used',
    '3  nothing is refused, and something could not be read',
  ],
  async run(words, input) {
    const form = words.format(FORMS)
    checkRepair(words, input)
    const options = await optionsOf(words, input)
    const examination = await examineRepository(options)
    const repaired = words.has('fix') ? await repairRepository(examination, words, input) : null
    const isChanged = repaired !== null && repaired.written.length > 0
    const { report } = isChanged ? await examineRepository(options) : examination
    input.terminal.out(await render(form, report, repaired, input))
    return EXIT[report.verdict]
  },
}

const FORMS = ['github', 'sarif'] as const

async function optionsOf(words: Words, { cwd, env }: CommandInput): Promise<Parameters<typeof examineRepository>[0]> {
  const dir = await folderOf(words, cwd)
  const named = words.text('registry')
  const registry = named === undefined ? undefined : parseRegistryUrl(named)
  if (registry === null)
    throw usage(`--registry takes no such URL: ${withoutLogin(named ?? '')}`, { wanted: 'an http(s) URL' })
  const settings = words.has('offline') ? null : await loadNpmSettings({ cwd: dir, env })
  return { dir, cwd, env, settings, registry, otp: words.text('otp'), now: new Date() }
}

// `doctor token` is a slip for another command, and no folder.
async function folderOf(words: Words, cwd: string): Promise<string> {
  const word = words.folder('doctor')
  const dir = resolve(cwd, word)
  const found = await stat(dir).catch(() => null)
  if (found?.isDirectory() === true) return dir
  const near = nearest(word, ['tokens', 'leaks'])
  throw usage(`there is no such folder: ${word}`, {
    found: found === null ? 'nothing of that name' : 'a file',
    wanted: 'the folder of a repository',
    ...(near === null ? {} : { hint: `did you mean bonafide doctor ${near}?` }),
  })
}

async function render(
  form: (typeof FORMS)[number] | 'human' | 'json',
  report: DoctorReport,
  repaired: Repaired | null,
  { terminal }: CommandInput,
): Promise<string> {
  const { findings, verdict, packages, releases, settings } = report
  switch (form) {
    case 'human':
      return `${renderDoctor(report, terminal)}${repaired === null ? '' : `\n${renderRepaired(repaired)}`}`
    case 'json':
      return renderJson({ schemaVersion: 1, ...report, ...repaired })
    case 'github':
      return renderPublishGithub(findings, asNamed)
    case 'sarif':
      return renderPublishSarif(findings, {
        version: await ownVersion(),
        exitCode: EXIT[verdict],
        othersOf: () => [],
        named: asNamed,
        properties: { verdict, packages, releases, settings },
      })
    default:
      throw new TypeError(`no such form: ${JSON.stringify(form satisfies never)}`)
  }
}

// Paths are from the top of the repository already.
function asNamed(file: string): string {
  return file
}
