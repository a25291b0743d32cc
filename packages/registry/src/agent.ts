// SPDX-License-Identifier: Apache-2.0
import type { Agent } from 'node:http'
import { getAgent } from '@npmcli/agent'
import type { Connection } from './npm-settings.ts'

/** npm's agent for a URL: one for each way of connecting, which keeps its connections. */
export function agentTo(url: URL, connection: Connection, maxSockets: number): Agent {
  const agent = getAgent(url, { ...connection, maxSockets })
  // Asked for at each request; left to itself it looks for `https` in a stack trace each time. Its cache tells the two schemes apart.
  agent.protocol = url.protocol
  agent.defaultPort = url.protocol === 'https:' ? 443 : 80
  return agent
}
