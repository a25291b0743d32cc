// SPDX-License-Identifier: Apache-2.0
import type { Asked } from './answer.ts'

/** A part of a long list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Counted from 0. */
  readonly page: number
  readonly perPage: number
  readonly total: number
}

/** The part of a list that a request asks for by `page` and `perPage`. */
export function pageOf<Item>({ path }: Asked, list: readonly Item[], usual: number): Page<Item> {
  const query = new URL(path, 'http://localhost').searchParams
  const page = numberOf(query.get('page'), 0)
  const perPage = Math.max(1, numberOf(query.get('perPage'), usual))
  return { items: list.slice(page * perPage, (page + 1) * perPage), page, perPage, total: list.length }
}

function numberOf(text: string | null, usual: number): number {
  return text !== null && /^\d{1,6}$/u.test(text) ? Number(text) : usual
}
