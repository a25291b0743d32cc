// SPDX-License-Identifier: Apache-2.0
// A self-signed certificate for 127.0.0.1 (and another host where one is to be played), made anew for each run so that no private key lies in the repository (X.509, RFC 5280).
import { generateKeyPairSync, sign } from 'node:crypto'

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const SEQUENCE = 0x30
const ECDSA_WITH_SHA256 = der(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex'))
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex')
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')

/** Certificate and key in PEM. */
export function makeLoopbackCertificate(host?: string): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from('loopback')))))
  const time = (year: number): Buffer => der(0x18, Buffer.from(`${year}0101000000Z`))
  const year = new Date().getUTCFullYear()
  const names = [der(0x87, Buffer.from([127, 0, 0, 1])), ...(host === undefined ? [] : [der(0x82, Buffer.from(host))])]
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, ALTERNATIVE_NAME, der(0x04, der(SEQUENCE, ...names))),
    der(SEQUENCE, BASIC_CONSTRAINTS, der(0x04, der(SEQUENCE, der(0x01, Buffer.from([0xff]))))),
  )
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, time(year - 1), time(year + 2)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const base64 = der(SEQUENCE, body, ECDSA_WITH_SHA256, signature).toString('base64')
  const lines = base64.match(/.{1,64}/gu) ?? []
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
