// SPDX-License-Identifier: Apache-2.0

/** The sandbox's time. It stands still until somebody moves it, so that the same steps give the same bytes. */
export interface SandboxClock {
  now(): Date
  set(date: Date): void
  /** Moves forwards, or backwards by a negative number. */
  advance(milliseconds: number): void
}

/** A clock that starts at a given time. */
export function createClock(start: Date): SandboxClock {
  let time = start.getTime()
  return {
    now: () => new Date(time),
    set(date) {
      time = date.getTime()
    },
    advance(milliseconds) {
      time += milliseconds
    },
  }
}

/** A clock that starts at a given time and runs on with the machine's. */
export function createRunningClock(start: Date): SandboxClock {
  let ahead = start.getTime() - Date.now()
  return {
    now: () => new Date(Date.now() + ahead),
    set(date) {
      ahead = date.getTime() - Date.now()
    },
    advance(milliseconds) {
      ahead += milliseconds
    },
  }
}

/** The time in whole seconds, as certificates and logs have it, some seconds away. */
export function wholeSecond(time: Date, offset = 0): Date {
  return new Date((Math.floor(time.getTime() / 1000) + offset) * 1000)
}
