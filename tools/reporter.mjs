// SPDX-License-Identifier: Apache-2.0
// tap's own output, then one line that people and CI read: `N passed, N failed, N skipped`.
import { Transform } from 'node:stream'

const TOTALS = /^# \{ (total: .*) \}$/u
const POINT = /^(?<indent> {4})?(?<not>not )?ok\b/u
const EXCUSED = /# (?:todo|skip)\b/iu

export default class Summary extends Transform {
  #rest = ''
  #totals = null
  // Points inside the file that is being told, and those of them that failed.
  #inside = { points: 0, failed: 0 }
  // Files that failed although no test in them did: killed, or ended by a signal. tap's totals do not count these.
  #broken = 0

  _transform(chunk, _encoding, done) {
    const lines = `${this.#rest}${chunk}`.split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#read(line)
    done(null, chunk)
  }

  _flush(done) {
    this.#read(this.#rest)
    const count = (word) => Number(new RegExp(`${word}: (\\d+)`, 'u').exec(this.#totals ?? '')?.[1] ?? 0)
    // Without totals tap itself came to a bad end, which must not read as "nothing failed".
    const failed = this.#totals === null ? 1 : count('fail') + this.#broken
    this.push(`${count('pass')} passed, ${failed} failed, ${count('skip')} skipped\n`)
    done()
  }

  #read(line) {
    this.#totals = TOTALS.exec(line)?.[1] ?? this.#totals
    const point = POINT.exec(line)?.groups
    if (point === undefined) return
    const hasFailed = point.not !== undefined && !EXCUSED.test(line)
    if (point.indent !== undefined) {
      this.#inside.points += 1
      if (hasFailed) this.#inside.failed += 1
      return
    }
    if (hasFailed && this.#inside.points > 0 && this.#inside.failed === 0) this.#broken += 1
    this.#inside = { points: 0, failed: 0 }
  }
}
