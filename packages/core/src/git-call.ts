// SPDX-License-Identifier: Apache-2.0

// What git needs to find its own settings and programs. None of its own variables: one of them names another repository.
const KEPT = [
  'HOME',
  'PATH',
  'Path',
  'XDG_CONFIG_HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'SYSTEMROOT',
  'TMPDIR',
]

/** Settings that win over those of a repository: the ones that start programs, or reach the network for a missing object. */
export const SAFE_GIT_SETTINGS: readonly string[] = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'protocol.allow=never',
  'safe.bareRepository=explicit',
]

/**
 * The variables for a git that reads a repository which a stranger may have made: nothing turns it to another one, shows it other objects than
 * those that are there, fetches what is missing, or asks anybody.
 *
 * @param env - the surroundings, of which little is left
 */
export function safeGitEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept = Object.fromEntries(
    KEPT.flatMap((key): (readonly [string, string])[] => {
      const value = env[key]
      return value === undefined ? [] : [[key, value]]
    }),
  )
  return {
    ...kept,
    LC_ALL: 'C',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  }
}
