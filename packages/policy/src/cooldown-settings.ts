// SPDX-License-Identifier: Apache-2.0

/** A setting of another tool that makes it wait as long as the policy does. */
export interface CooldownSetting {
  readonly tool: 'renovate' | 'dependabot' | 'npm' | 'pnpm'
  /** The file that holds it, in the folder of the project. */
  readonly file: string
  /** The setting's name, with dots between the keys. */
  readonly setting: string
  readonly value: string | number
  /** What the tool counts in. A number without its unit has been read in another one before (B30). */
  readonly unit: 'days' | 'minutes'
  /** What the value comes to: never less than the policy asks. */
  readonly hours: number
}

// The most that Dependabot takes.
const DEPENDABOT_DAYS = 90

/**
 * The settings by which Renovate, Dependabot, npm and pnpm wait as long as a policy's cooldown; none where it asks for none. Whoever
 * counts in days waits until the day is full.
 */
export function cooldownSettings(cooldownHours: number): readonly CooldownSetting[] {
  if (cooldownHours === 0) return []
  const days = Math.ceil(cooldownHours / 24)
  const capped = Math.min(days, DEPENDABOT_DAYS)
  return [
    {
      tool: 'renovate',
      file: 'renovate.json',
      setting: 'minimumReleaseAge',
      value: days === 1 ? '1 day' : `${days} days`,
      unit: 'days',
      hours: days * 24,
    },
    {
      tool: 'dependabot',
      file: '.github/dependabot.yml',
      setting: 'updates.cooldown.default-days',
      value: capped,
      unit: 'days',
      hours: capped * 24,
    },
    { tool: 'npm', file: '.npmrc', setting: 'min-release-age', value: days, unit: 'days', hours: days * 24 },
    {
      tool: 'pnpm',
      file: 'pnpm-workspace.yaml',
      setting: 'minimumReleaseAge',
      value: Math.ceil(cooldownHours * 60),
      unit: 'minutes',
      hours: cooldownHours,
    },
  ]
}
