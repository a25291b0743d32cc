// SPDX-License-Identifier: Apache-2.0
import type { CommandName } from './command-line.ts'

const OPTIONS = `Options
  --lockfile FILE           the lockfile to read (default: npm-shrinkwrap.json or package-lock.json in DIR)
  --registry URL            the registry to ask for metadata and attestations (default: npm's configured one where it serves
                            attestations, else the public one; a scope's own where npm's configuration maps it)
  --evidence-registry URL   another registry for metadata and attestations, such as the public one behind a mirror
  --trusted-root FILE       a Sigstore trusted root to use in place of the public one
  --registry-keys FILE      the registry's public keys, in place of the pinned ones
  --policy FILE             the policy to use (default: bonafide.json in DIR)
  --now ISO8601             judge as if it were this time; the report says "simulated"
  --offline                 ask nobody; use what earlier runs have kept
  --json                    print one JSON object
  -h, --help                this text
  -v, --version             the version of bonafide`

const EXITS = `Exit codes
  0  satisfied: every version satisfied the policy
  1  refused: at least one version did not
  2  wrong usage, or a policy or other file that cannot be used
  3  undecided: the network, the registry or the trust root kept us from deciding`

const OVERVIEW = `bonafide: install only what can show where it came from

Usage: bonafide COMMAND [options]

Commands
  verify [DIR]            judge every version that the lockfile of DIR holds; never writes into the project
  explain NAME@VERSION    everything known about one version: the chain of evidence, step by step
  init [DIR]              adopt bonafide: write bonafide.json and bonafide.lock; a second run changes nothing

${OPTIONS}

${EXITS}

"trusted" means that the origin is proven, not that the code is safe.
`

const ABOUT: Readonly<Record<CommandName, string>> = {
  verify: `bonafide verify: judge every version that a lockfile holds

Usage: bonafide verify [DIR] [options]

Reads the npm lockfile in DIR (default: the current folder), asks the registry for each version's attestations, verifies them, and
holds them against bonafide.json and bonafide.lock where these are. Without any bonafide file, every version without matching
provenance is refused. Never writes into the project.

${OPTIONS}

${EXITS}
`,
  explain: `bonafide explain: everything known about one version

Usage: bonafide explain NAME@VERSION [options]

Shows the chain of evidence step by step: which bytes, what the registry signed, who built them, from what, which logs saw it, and what
the policy makes of that. Takes the integrity from the lockfile in the current folder where that holds the version, else from the
registry's metadata.

${OPTIONS}

${EXITS}
`,
  init: `bonafide init: adopt bonafide in a project

Usage: bonafide init [DIR] [options]

Verifies the project and writes bonafide.json (the policy) and bonafide.lock (for each package, the identity that it shows or "none").
Packages whose evidence does not verify, or that lost the provenance which earlier versions had, are left out and stay refused: a person
has to decide. A second run changes nothing.

${OPTIONS}

${EXITS}
`,
}

/** The help text, of the program or of one command. */
export function helpText(about: CommandName | null): string {
  return about === null ? OVERVIEW : ABOUT[about]
}
