// SPDX-License-Identifier: Apache-2.0

/** One file of a package: what unpacking it would write. */
export type ListedFile =
  | { readonly kind: 'file'; readonly sha512: string; readonly isExecutable: boolean }
  | { readonly kind: 'link'; readonly target: string }

/** The files of a package by their path below its folder. */
export type FileListing = ReadonlyMap<string, ListedFile>

/** Where two listings differ, in words, in the order of the first and then of what only the second has. */
export function differences(found: FileListing, wanted: FileListing): readonly string[] {
  const missing = [...wanted.keys()].filter((path) => !found.has(path))
  return [
    ...[...found].flatMap(([path, file]) => differenceOf(path, file, wanted.get(path)) ?? []),
    ...missing.map((path) => `${path} is missing`),
  ]
}

function differenceOf(path: string, file: ListedFile, other: ListedFile | undefined): string | null {
  if (other === undefined) return `${path} is too much`
  if (file.kind !== other.kind) return `${path} is a ${file.kind}`
  if (textOf(file) !== textOf(other)) return `${path} has another content`
  if (file.kind === 'file' && other.kind === 'file' && file.isExecutable !== other.isExecutable)
    return `${path} is ${file.isExecutable ? '' : 'not '}executable`
  return null
}

function textOf(file: ListedFile): string {
  return file.kind === 'file' ? file.sha512 : file.target
}
