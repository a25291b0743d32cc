// SPDX-License-Identifier: Apache-2.0
// These packages ship no types; the parts used here are described in arborist.ts and where they are used.
declare module '@npmcli/arborist' {
  const Arborist: unknown
  export default Arborist
}
declare module '@npmcli/arborist/lib/unreviewed-scripts.js' {
  const exported: { readonly collectUnreviewedScripts: unknown }
  export default exported
}
declare module '@npmcli/run-script' {
  const runScript: (options: {
    readonly path: string
    readonly event: string
    readonly args: readonly string[]
    readonly stdio: unknown
    readonly scriptShell?: string | undefined
    readonly env: Readonly<Record<string, string | undefined>>
  }) => Promise<unknown>
  export default runScript
}
declare module '@npmcli/map-workspaces' {
  const mapWorkspaces: (options: { readonly cwd: string; readonly pkg: unknown }) => Promise<Map<string, string>>
  export default mapWorkspaces
}
declare module 'bin-links' {
  const binLinks: { readonly resetSeen: () => void }
  export default binLinks
}
