// SPDX-License-Identifier: Apache-2.0
import type { NewPinReport, Note } from '@bonafide/verify'
import { printable } from './terminal.ts'

/** A note as people read it, empty where it is none to read; lines beyond the first are indented. */
export function renderNote(note: Note): string {
  switch (note.code) {
    case 'no-registry-dependencies':
      return 'there are no dependencies from a registry, so there is nothing to refuse'
    case 'no-pins':
      return 'no bonafide.lock: a version is judged by what it shows, and nothing is compared with a known identity (bonafide init)'
    case 'metadata-only':
      return ''
    case 'evidence-elsewhere':
      return `${printable(note.configured)} serves no attestations, so ${printable(note.asked)} was asked`
    case 'registry-from-project':
      return `the project's own .npmrc chose the registry that was asked: ${printable(note.registry)}`
    case 'setting-ignored':
      return `${printable(note.key)} in ${printable(note.source)} was ignored: ${printable(note.reason)}`
    case 'trust-refresh-failed':
      return `the trust root could not be refreshed (${printable(note.reason)}); the kept one is still good`
    case 'observing':
      return `the policy observes until ${printable(note.until)}: what is refused or undecided stops nothing, and the exit code is 0`
    case 'observe-ended':
      return `the policy observed until ${printable(note.until)}; take "mode" and "observeUntil" out of bonafide.json`
    case 'rule-lowered':
      return `the policy lowers the rule ${printable(note.rule)} to ${printable(note.level)}`
    case 'judged-by-base': {
      const base = `${printable(note.ref)} (${note.commit.slice(0, 12)})`
      return note.files === 'base'
        ? `judged by the policy, pins and exemptions of ${base}`
        : `judged by the project's own files, held against those of ${base}`
    }
    case 'base-without-bonafide':
      return `${printable(note.ref)} has no file of bonafide: the default policy judges, and nothing is on record`
    case 'base-lockfile-unusable':
      return `the lockfile of ${printable(note.ref)} cannot be used (${printable(note.reason)}): every version counts as new`
    case 'base-left-out':
      return 'no base judges (--no-base): whoever changes the project changes its policy and pins too'
    case 'new-pins':
      return [`new pins, for whoever reviews: ${note.pins.length}`, ...note.pins.map(renderNewPin)].join('\n')
    default:
      return unknownNote(note)
  }
}

function renderNewPin({ name, identities, hooks, judges }: NewPinReport): string {
  const who =
    identities === 'none'
      ? 'none'
      : identities
          .map(({ repository, repositoryId, ownerId, workflow }) => {
            const ids = `${repositoryId ?? 'no id'}, owner ${ownerId ?? 'no id'}`
            return `${repository} (${ids}) ${workflow}`
          })
          .join(' or ')
  const runs = hooks.length === 0 ? '' : `, may run ${hooks.join(', ')}`
  const judged = judges ? '' : '; does not judge yet, for the base knows the package and this changes its version'
  return `  ${printable(`${name}  ${who}${runs}`)}${judged}`
}

function unknownNote(note: never): never {
  throw new TypeError(`no such note: ${JSON.stringify(note)}`)
}
