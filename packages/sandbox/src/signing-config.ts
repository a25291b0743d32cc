// SPDX-License-Identifier: Apache-2.0
import { ORGANIZATION } from './certificate.ts'

/** Where a Sigstore's services listen. */
export interface ServiceUrls {
  readonly fulcioUrl: string
  readonly rekorUrl: string
  readonly rekorV2Url: string
  readonly timestampUrl: string
}

/** The `signing_config.v0.2.json` by which clients find a Sigstore's services; both Rekors are in it, the newer first. */
export function signingConfigDocument({ fulcioUrl, rekorUrl, rekorV2Url, timestampUrl }: ServiceUrls): string {
  const config = {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(fulcioUrl, 1)],
    oidcUrls: [],
    rekorTlogUrls: [service(rekorV2Url, 2), service(rekorUrl, 1)],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: [service(`${timestampUrl}/api/v1/timestamp`, 1)],
    tsaConfig: { selector: 'ANY' },
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

function service(url: string, majorApiVersion: number): object {
  return { url, majorApiVersion, validFor: { start: '2021-03-12T11:53:27.000Z' }, operator: ORGANIZATION }
}
