// SPDX-License-Identifier: Apache-2.0
import type { Report } from '@bonafide/verify'
import type { CommandInput } from './commands/command.ts'
import { ownVersion } from './own-version.ts'
import { fromRepository } from './placed-finding.ts'
import { renderGithub } from './render-github.ts'
import { renderGitlab } from './render-gitlab.ts'
import { renderJson } from './render-json.ts'
import { renderSarif } from './render-sarif.ts'
import type { Terminal } from './terminal.ts'

/** The forms, beside human and JSON, in which a command that judges a project can print its report. */
export const MACHINE_FORMS = ['github', 'gitlab', 'sarif', 'markdown'] as const

/** How a command's own report reads for people; the other forms are the same for all. */
export interface OwnViews<R extends Report> {
  readonly human: (report: R, terminal: Terminal) => string
  readonly markdown: (report: R) => string
}

/** A report in one form. Where a CI system places findings, files are named from the repository's folder. */
export async function renderAs<R extends Report>(
  form: (typeof MACHINE_FORMS)[number] | 'human' | 'json',
  report: R,
  { cwd, env, terminal }: CommandInput,
  own: OwnViews<R>,
): Promise<string> {
  switch (form) {
    case 'human':
      return own.human(report, terminal)
    case 'markdown':
      return own.markdown(report)
    case 'json':
      return renderJson(report)
    case 'github':
      return renderGithub(fromRepository(report, cwd, env))
    case 'gitlab':
      return renderGitlab(fromRepository(report, cwd, env))
    case 'sarif':
      return renderSarif(fromRepository(report, cwd, env), await ownVersion())
    default:
      return unknownForm(form)
  }
}

function unknownForm(form: never): never {
  throw new TypeError(`no such form: ${JSON.stringify(form)}`)
}
