// SPDX-License-Identifier: Apache-2.0
declare module '@npmcli/map-workspaces' {
  /** Finds the packages that patterns name: folders by the names of the packages in them. */
  export default function mapWorkspaces(options: {
    readonly cwd: string
    readonly pkg: { readonly workspaces: readonly string[] }
  }): Promise<ReadonlyMap<string, string>>
}
