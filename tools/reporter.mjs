// SPDX-License-Identifier: Apache-2.0
// tap's own output, then one line that people and CI read: `N passed, N failed, N skipped`.
import { Transform } from 'node:stream'

export default class Summary extends Transform {
  #text = ''

  _transform(chunk, _encoding, done) {
    this.#text += chunk
    // Only the tail can hold the totals; the rest need not be kept.
    if (this.#text.length > 1_000_000) this.#text = this.#text.slice(-100_000)
    done(null, chunk)
  }

  _flush(done) {
    const totals = [...this.#text.matchAll(/^# \{ (total: .*) \}$/gmu)].at(-1)?.[1] ?? ''
    const count = (word) => Number(new RegExp(`${word}: (\\d+)`, 'u').exec(totals)?.[1] ?? 0)
    this.push(`${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped\n`)
    done()
  }
}
