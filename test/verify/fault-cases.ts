// SPDX-License-Identifier: Apache-2.0
// What can go wrong with one package's answers, and what the report says then.
import type { Finding } from '@bonafide/core'
import type { Fault, FaultMatch } from '@bonafide/sandbox'

/** Where the sandbox serves what is known about the package that the fault befalls. */
export const ATTESTATIONS = '/-/npm/v1/attestations/victim@1.0.0'
/** Its metadata. */
export const METADATA = '/victim'

/** A fault, and what has to come of it. */
export interface Case {
  readonly title: string
  readonly match: FaultMatch
  readonly fault: Fault
  readonly code: Finding['code']
  readonly verdict: 'refused' | 'undecided'
  readonly says: RegExp
}

const html = '<!doctype html><title>Sign in</title>'

/** @param closedPort - a port of the loopback interface on which nobody listens */
export function faultCases(closedPort: number): readonly Case[] {
  return [
    {
      title: 'a 404 for one version, whose metadata advertises attestations',
      match: { path: ATTESTATIONS },
      fault: { kind: 'status', status: 404 },
      code: 'attestations-withheld',
      verdict: 'refused',
      says: /^none served$/u,
    },
    {
      title: '500, again and again',
      match: { path: ATTESTATIONS },
      fault: { kind: 'status', status: 500 },
      code: 'registry-unreachable',
      verdict: 'undecided',
      says: /HTTP 500/u,
    },
    {
      title: 'truncated JSON',
      match: { path: ATTESTATIONS },
      fault: { kind: 'cut-json' },
      code: 'registry-nonsense',
      verdict: 'undecided',
      says: /truncated/u,
    },
    {
      title: 'a connection that is closed half way',
      match: { path: METADATA },
      fault: { kind: 'cut-connection' },
      code: 'registry-nonsense',
      verdict: 'undecided',
      says: /truncated/u,
    },
    {
      title: 'an answer of 50 MB',
      match: { path: ATTESTATIONS },
      fault: { kind: 'oversized' },
      code: 'registry-nonsense',
      verdict: 'undecided',
      says: /too-large/u,
    },
    {
      title: 'a slow drip',
      match: { path: ATTESTATIONS },
      fault: { kind: 'drip' },
      code: 'registry-unreachable',
      verdict: 'undecided',
      says: /timeout/u,
    },
    {
      title: 'a sign-in page in the place of the document',
      match: { path: ATTESTATIONS },
      fault: { kind: 'status', status: 200, headers: { 'content-type': 'text/html' }, body: html },
      code: 'registry-nonsense',
      verdict: 'undecided',
      says: /not-json/u,
    },
    {
      title: 'JSON that is no attestation document',
      match: { path: ATTESTATIONS },
      fault: { kind: 'edit', edit: () => '{"error":"sorry"}' },
      code: 'registry-nonsense',
      verdict: 'undecided',
      says: /wrong-shape/u,
    },
    {
      title: 'a redirect to a host that is not there',
      match: { path: ATTESTATIONS },
      fault: { kind: 'redirect', location: `http://127.0.0.1:${closedPort}/` },
      code: 'registry-unreachable',
      verdict: 'undecided',
      says: /refused \(ECONNREFUSED\)/u,
    },
    {
      title: 'a redirect away from http',
      match: { path: ATTESTATIONS },
      fault: { kind: 'redirect', location: 'ftp://127.0.0.1/' },
      code: 'registry-unreachable',
      verdict: 'undecided',
      says: /redirect/u,
    },
    {
      title: 'a registry that wants a login',
      match: { path: ATTESTATIONS },
      fault: { kind: 'login' },
      code: 'registry-needs-login',
      verdict: 'undecided',
      says: /HTTP 401/u,
    },
    {
      title: 'a reset connection',
      match: { path: METADATA },
      fault: { kind: 'reset' },
      code: 'registry-unreachable',
      verdict: 'undecided',
      says: /reset/u,
    },
  ]
}
