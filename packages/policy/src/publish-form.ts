// SPDX-License-Identifier: Apache-2.0
import { flag, integer, list, object, optional, required, text } from './schema.ts'
import type { Schema } from './schema.ts'
import { parseLifetime } from './publish-policy.ts'
import type { StatedPublishPolicy } from './publish-policy.ts'

const LIFETIME = text({
  wanted: 'a time such as 30m, 1h or 7d, at most 7d',
  hint: 'in the largest unit that fits: 1h and not 60m',
  pattern: /^[1-9]\d{0,4}[dhm]$/u,
  isOne: (written) => parseLifetime(written) !== null,
})
const REF = text({
  wanted: '`tag`, `tags` or a whole ref such as refs/heads/main',
  hint: 'a branch is written refs/heads/NAME; there are no wildcards',
  pattern: /^(?:tags?|refs\/(?:heads|tags)\/[^\s~^:?*[\\\p{Cc}]+)$/u,
})
const TRIGGER = text({
  wanted: 'an event in the CI system’s own word, such as push',
  pattern: /^[a-z][a-z0-9_]*$/u,
})
const TAG = text({
  wanted: 'a tag with {version} in it, and {name} or {unscoped} where it names the package',
  hint: 'such as v{version}, or {name}@{version} in a repository of several packages',
  // What git allows in a tag, and each of the words as it stands.
  pattern:
    /^(?:[^\s~^:?*[\\{}\p{Cc}]|\{name\}|\{unscoped\})*\{version\}(?:[^\s~^:?*[\\{}\p{Cc}]|\{name\}|\{unscoped\})*$/u,
})
const WORKFLOW = text({
  wanted: 'the path of a workflow file in the repository, such as .github/workflows/release.yml',
  pattern: /^(?!\/)[^\\\p{Cc}@]+$/u,
})
const SERVICE = text({
  wanted: 'an https URL without credentials, query or fragment',
  hint: 'plain http goes to loopback alone',
  pattern: /^https?:\/\/[^\s@?#\\]+$/u,
  isOne: isServiceUrl,
})

const FORM = object({
  maxTokenLifetime: optional(
    LIFETIME,
    'How long a credential may live that could publish, from its making to its end. At most `"7d"`. Default: `"1h"`, which is what the public registry gives a job.',
  ),
  refs: optional(
    list(REF, { of: 'refs', isFilled: true }),
    'Where a release may be built from: `tag` is the tag that equals the version, `tags` any tag. Default: `["tag"]`.',
  ),
  triggers: optional(
    list(TRIGGER, { of: 'events', isFilled: true }),
    'The events that may start a release. Default: `["push", "release", "workflow_dispatch", "web", "api"]`.',
  ),
  allowSelfHosted: optional(flag(), 'Whether a runner of one’s own may build a release. Default: `false`.'),
  tags: optional(
    list(TAG, { of: 'tags', isFilled: true }),
    'How `tag` names a version. Default: `["v{version}", "{version}", "{name}@{version}", "{unscoped}@{version}", "{unscoped}-v{version}"]`, the five that a pin knows as `tag`.',
  ),
  workflows: optional(
    list(WORKFLOW, { of: 'workflow files', isFilled: true }),
    'The workflow files that may publish. Default: any.',
  ),
  sigstore: optional(
    object({
      fulcio: required(SERVICE, 'The certificate authority.'),
      rekor: required(SERVICE, 'The transparency log.'),
      rekorVersion: optional(integer(1, 2), 'Which interface the log speaks. Default: `1`.'),
      tsa: optional(SERVICE, 'The timestamp authority, which a log of version 2 needs.'),
    }),
    'A private Sigstore that signs the releases. Who installs needs its root under `trustedRoots`. Default: the public one.',
  ),
})

/** The section `publish` of `bonafide.json`: what it says, without the keys that the file leaves out. */
export const PUBLISH_FORM: Schema<StatedPublishPolicy> = {
  ...FORM,
  read: (document, value, path) => stated(FORM.read(document, value, path)),
}

function stated(read: ReturnType<typeof FORM.read>): StatedPublishPolicy {
  const { maxTokenLifetime, refs, triggers, allowSelfHosted, tags, workflows, sigstore } = read
  const seconds = maxTokenLifetime === undefined ? null : parseLifetime(maxTokenLifetime)
  return {
    ...(seconds === null ? {} : { maxTokenLifetime: seconds }),
    ...(refs === undefined ? {} : { refs }),
    ...(triggers === undefined ? {} : { triggers }),
    ...(allowSelfHosted === undefined ? {} : { allowSelfHosted }),
    ...(tags === undefined ? {} : { tags }),
    ...(workflows === undefined ? {} : { workflows }),
    ...(sigstore === undefined
      ? {}
      : {
          sigstore: {
            fulcio: sigstore.fulcio,
            rekor: sigstore.rekor,
            rekorVersion: sigstore.rekorVersion === 2 ? (2 as const) : (1 as const),
            tsa: sigstore.tsa ?? null,
          },
        }),
  }
}

// A service downgraded to plain http, which would hand the identity token to whoever listens.
function isServiceUrl(written: string): boolean {
  const url = URL.parse(written)
  if (url === null) return false
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || isLoopback
}
