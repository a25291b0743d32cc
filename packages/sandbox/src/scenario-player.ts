// SPDX-License-Identifier: Apache-2.0
import { npmProject } from './npm-project.ts'
import type { LockedRelease, NpmProject } from './npm-project.ts'
import type { Sandbox } from './sandbox.ts'
import type { ScenarioEvent } from './scenario-event.ts'
import type { Scenario } from './scenario.ts'

/** Plays a scenario to a sandbox, as far as one wants: events of the registry happen in the order of time, each once. */
export class ScenarioPlayer {
  readonly #sandbox: Sandbox
  readonly #waiting: ScenarioEvent[]
  readonly #released = new Map<string, LockedRelease>()

  constructor(sandbox: Sandbox, scenario: Scenario) {
    this.#sandbox = sandbox
    this.#waiting = [...scenario.events]
  }

  /** Lets everything happen that happens until a moment, and sets the sandbox's clock to it. */
  async until(at: Date): Promise<void> {
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined || next.at > at) break
      this.#waiting.shift()
      this.#sandbox.clock.set(next.at)
      await this.#happen(next)
    }
    this.#sandbox.clock.set(at)
  }

  /** The files of an npm project that holds these versions, each `NAME@VERSION` and published before. */
  project(specs: readonly string[]): NpmProject {
    return npmProject(
      specs.map((spec) => {
        const release = this.#released.get(spec)
        if (release === undefined) throw new RangeError(`not published yet: ${spec}`)
        return release
      }),
      this.#sandbox.registryUrl,
    )
  }

  async #happen(event: ScenarioEvent): Promise<void> {
    if (event.kind === 'unpublish') return this.#sandbox.unpublish(event.name, event.version)
    const { release, metadata } = event
    const published = await this.#sandbox.publish(release)
    const { name, version } = published
    const fields = { ...release.manifest, ...metadata }
    this.#released.set(`${name}@${version}`, { name, version, integrity: published.integrity, fields })
    if (Object.keys(metadata).length > 0)
      this.#sandbox.editManifest(name, version, (manifest) => ({ ...manifest, ...metadata }))
  }
}
