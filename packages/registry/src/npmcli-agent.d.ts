// SPDX-License-Identifier: Apache-2.0
// The package ships no types; these are the parts used here.
declare module '@npmcli/agent' {
  import type { Agent } from 'node:http'

  export interface AgentOptions {
    readonly maxSockets: number
    readonly rejectUnauthorized: boolean
    readonly ca?: readonly string[] | undefined
    readonly cert?: string | undefined
    readonly key?: string | undefined
    readonly localAddress?: string | undefined
    readonly proxy?: string | undefined
    readonly noProxy?: string | undefined
  }

  /** With two properties that Node.js asks for at each request, and its types leave out. */
  export interface NpmAgent extends Agent {
    protocol: string
    defaultPort: number
  }

  export function getAgent(url: string | URL, options: AgentOptions): NpmAgent
}
