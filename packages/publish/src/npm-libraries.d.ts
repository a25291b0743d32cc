// SPDX-License-Identifier: Apache-2.0
// These packages ship no types; this is what is used of them.
declare module '@npmcli/package-json' {
  interface Content {
    readonly content: object
  }
  interface Read extends Content {
    normalize(options: { readonly steps: readonly string[] }): Promise<Content>
  }
  const PackageJson: {
    readonly prepareSteps: readonly string[]
    load(path: string): Promise<Read>
  }
  export default PackageJson
}
declare module '@npmcli/run-script' {
  const runScript: (options: {
    readonly path: string
    readonly event: string
    readonly args: readonly string[]
    readonly stdio: unknown
    readonly env: Readonly<Record<string, string | undefined>>
  }) => Promise<unknown>
  export default runScript
}
declare module 'libnpmpack' {
  const pack: (
    spec: string,
    options: {
      readonly ignoreScripts: boolean
      readonly dryRun: boolean
      readonly prefix?: string
      readonly workspaces?: readonly string[]
    },
  ) => Promise<Buffer>
  export default pack
}
declare module '@npmcli/map-workspaces' {
  const mapWorkspaces: (options: { readonly cwd: string; readonly pkg: unknown }) => Promise<Map<string, string>>
  export default mapWorkspaces
}
