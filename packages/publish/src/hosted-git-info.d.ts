// SPDX-License-Identifier: Apache-2.0
// The package ships no types; these are the parts used here.
declare module 'hosted-git-info' {
  /** A repository at a host that the library knows. */
  export interface HostedRepository {
    readonly type: string
    readonly domain: string
    readonly user: string | null
    readonly project: string
  }

  const hostedGitInfo: {
    fromUrl(url: string): HostedRepository | undefined
  }
  export default hostedGitInfo
}
