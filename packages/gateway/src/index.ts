// SPDX-License-Identifier: Apache-2.0
export { CLIENT_KINDS } from './client-kind.ts'
export type { ClientKind } from './client-kind.ts'
export type { GatewayLog, ServedVersion, UndecidedRequest } from './gateway-log.ts'
export type { ApprovedVersion, Gateway, GatewayOptions } from './gateway-options.ts'
export { startGateway } from './gateway.ts'
