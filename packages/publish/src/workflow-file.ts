// SPDX-License-Identifier: Apache-2.0

/**
 * The workflow's file in its repository, from `OWNER/NAME/FILE@REF` (GitHub) or `OWNER/NAME//FILE@REF` (GitLab, behind its host). Null
 * where the text names a file of another repository, or nothing.
 */
export function workflowFile(text: string | null, repository: string | null, separator: '/' | '//'): string | null {
  if (text === null || repository === null) return null
  const start = `${repository}${separator}`
  const end = text.indexOf('@refs/')
  if (!text.startsWith(start) || end <= start.length) return null
  return text.slice(start.length, end)
}
