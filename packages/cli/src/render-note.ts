// SPDX-License-Identifier: Apache-2.0
import type { NewPinReport, Note } from '@bonafide/verify'
import { printable } from './terminal.ts'

// How many names a note tells; `--json` has them all.
const NAMED = 5

/** A note as people read it, empty where it is none to read; lines beyond the first are indented. */
export function renderNote(note: Note, shown: (text: string) => string = printable): string {
  switch (note.code) {
    case 'no-registry-dependencies':
      return 'there are no dependencies from a registry, so there is nothing to refuse'
    case 'no-pins':
      return 'no bonafide.lock: a version is judged by what it shows, and nothing is compared with a known identity (bonafide init)'
    case 'exemption-stale':
      return `the lockfile no longer holds ${shown(`${note.name}@${note.version}`)} as it was exempted: take the exemption out`
    case 'metadata-only':
      return ''
    case 'not-unpacked':
      return `${note.versions === 1 ? 'the tarball of 1 version was' : `the tarballs of ${note.versions} versions were`} not looked into, since nothing of it is unpacked here (other systems, or left out)`
    case 'evidence-elsewhere':
      return `${shown(note.configured)} serves no attestations, so ${shown(note.asked)} was asked`
    case 'registry-from-project':
      return `the project's own .npmrc chose the registry that was asked: ${shown(note.registry)}`
    case 'setting-ignored':
      return `${shown(note.key)} in ${shown(note.source)} was ignored: ${shown(note.reason)}`
    case 'evidence-file':
      return `${shown(note.file)} answered in place of registries, exported ${shown(note.exported)}, ${shown(note.digest)}`
    case 'evidence-exported':
      return `wrote what was heard to ${shown(note.file)}, ${shown(note.digest)}`
    case 'trust-refresh-failed':
      return `the trust root could not be refreshed (${shown(note.reason)}); the kept one is still good`
    case 'observing':
      return `the policy observes until ${shown(note.until)}: what is refused or undecided stops nothing, and the exit code is 0`
    case 'observe-ended':
      return `the policy observed until ${shown(note.until)}; take "mode" and "observeUntil" out of bonafide.json`
    case 'rule-lowered':
      return `the policy lowers the rule ${shown(note.rule)} to ${shown(note.level)}`
    case 'judged-by-base': {
      const base = `${shown(note.ref)} (${note.commit.slice(0, 12)})`
      return note.files === 'base'
        ? `judged by the policy, pins and exemptions of ${base}`
        : `judged by the project's own files, held against those of ${base}`
    }
    case 'base-without-bonafide':
      return `${shown(note.ref)} has no file of bonafide: the default policy judges, and nothing is on record`
    case 'base-lockfile-unusable':
      return `the lockfile of ${shown(note.ref)} cannot be used (${shown(note.reason)}): every version counts as new`
    case 'base-left-out':
      return 'no base judges (--no-base): whoever changes the project changes its policy and pins too'
    case 'provenance-unrecorded':
      return `recorded as without provenance, and showing it now: ${namesOf(note.packages, shown)} (bonafide init records whose it is)`
    case 'bound-by-registry': {
      const versions = `${note.packages} ${note.packages === 1 ? 'version' : 'versions'}`
      return `${shown(note.lockfile)} binds archives that Yarn makes itself: the bytes of ${versions} are bound by the registry's signature alone`
    }
    case 'archives-unchecked': {
      const archives = `${note.archives} ${note.archives === 1 ? 'archive' : 'archives'}`
      return `nobody looked into ${archives} in ${shown(note.folder)}, which Yarn unpacks as they are (--tarballs, yarn install --check-cache)`
    }
    case 'patched':
      return `${shown(note.lockfile)} changes packages after they were verified, by files of this project: ${namesOf(note.packages, shown)}`
    case 'new-pins':
      return [
        `new pins, for whoever reviews: ${note.pins.length}`,
        ...note.pins.map((pin) => `  ${shown(pinText(pin))}`),
      ].join('\n')
    default:
      return unknownNote(note)
  }
}

function namesOf(names: readonly string[], shown: (text: string) => string): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `${names
    .slice(0, NAMED)
    .map((name) => shown(name))
    .join(', ')}${more}`
}

/** A new pin in a line: whom it names, and whether it judges already. Foreign text, for whoever prints it. */
export function pinText({ name, identities, hooks, judges }: NewPinReport): string {
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
  return `${name}  ${who}${runs}${judged}`
}

function unknownNote(note: never): never {
  throw new TypeError(`no such note: ${JSON.stringify(note)}`)
}
