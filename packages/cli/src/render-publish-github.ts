// SPDX-License-Identifier: Apache-2.0
import { publishVerdict } from '@bonafide/core'
import type { Place, PublishFinding } from '@bonafide/core'
import { cutNotice, renderAnnotation } from './render-github.ts'
import type { Annotation } from './render-github.ts'
import { sentenceOf } from './render-publish-sarif.ts'

/**
 * Findings about releases as annotations of GitHub Actions: one line for each, then the sum for the log.
 *
 * @param named - names a file from the repository's folder, from where annotations are placed
 */
export function renderPublishGithub(findings: readonly PublishFinding[], named: (file: string) => string): string {
  const annotations = findings.map((finding): Annotation => {
    const place = fileOf(finding.where)
    return {
      level: finding.level === 'warn' ? 'warning' : 'error',
      file: place === null ? null : named(place.path),
      line: place?.line ?? null,
      title: finding.code,
      message: sentenceOf(finding),
    }
  })
  const sum = `bonafide ${publishVerdict(findings)}: ${findings.length === 1 ? 'one finding' : `${findings.length} findings`}`
  return [...[...annotations, ...cutNotice(annotations, null)].map(renderAnnotation), sum, ''].join('\n')
}

function fileOf(place: Place | null): { readonly path: string; readonly line: number | null } | null {
  if (place?.kind === 'file') return place
  // What stood in a file once would be shown at a line that is another today.
  return place?.kind === 'commit' && place.path !== null ? { path: place.path, line: null } : null
}
