// SPDX-License-Identifier: Apache-2.0
import type { JobSpec } from './job.ts'
import { ISSUERS } from './job.ts'
import { moment } from './moment.ts'
import type { ScenarioEvent } from './scenario-event.ts'
import { PackageStory } from './scenario-package.ts'
import { ProjectStory } from './scenario-project.ts'
import type { ProjectStep } from './scenario-project.ts'

/** Names a moment within a burst: the package's own, or some seconds after it. */
export type BurstMoment = (secondsLater?: number) => string

/**
 * A story of packages and of the projects that use them, told in sentences and played to a sandbox by `ScenarioPlayer`. Nothing happens
 * while it is told; what is told in any order happens in the order of time.
 */
export class Scenario {
  readonly title: string
  readonly #packages: PackageStory[] = []
  readonly #projects: ProjectStory[] = []

  constructor(title: string) {
    this.title = title
  }

  /** Tells of a package, or goes on telling of one. */
  package(name: string, tell: (story: PackageStory) => unknown): this {
    const known = this.#packages.find((story) => story.name === name)
    const story = known ?? new PackageStory(name)
    if (known === undefined) this.#packages.push(story)
    tell(story)
    return this
  }

  /** Tells the same of many packages, each some seconds after the one before: a monorepo's release, or a worm. */
  burst(
    names: readonly string[],
    { from, everySeconds }: { readonly from: string; readonly everySeconds: number },
    tell: (story: PackageStory, at: BurstMoment) => unknown,
  ): this {
    const start = moment(from).getTime()
    for (const [index, name] of names.entries()) {
      const at: BurstMoment = (secondsLater = 0) =>
        new Date(start + (index * everySeconds + secondsLater) * 1000).toISOString()
      this.package(name, (story) => tell(story, at))
    }
    return this
  }

  /** Tells of a project that uses the packages; each time of another one. */
  project(tell: (story: ProjectStory) => unknown): this {
    const story = new ProjectStory(this.#projects.length)
    this.#projects.push(story)
    tell(story)
    return this
  }

  /** What happens to the registry, in the order of time; what happens at once, as it was told. */
  get events(): readonly ScenarioEvent[] {
    return this.#packages
      .flatMap(({ events }) => events)
      .toSorted((left, right) => left.at.getTime() - right.at.getTime())
  }

  /** What the projects do, in the order of time; what happens at once, as it was told. */
  get steps(): readonly ProjectStep[] {
    return this.#projects
      .flatMap(({ steps }) => steps)
      .toSorted((left, right) => left.at.getTime() - right.at.getTime())
  }
}

/** Begins a story. */
export function scenario(title: string): Scenario {
  return new Scenario(title)
}

/** A job of a GitHub workflow. Its ref is the tag `v` and the version, and its trigger `push`, unless told otherwise. */
export function workflow(repository: string, path?: string, more: Partial<JobSpec> = {}): JobSpec {
  return { repository, ...(path === undefined ? {} : { workflow: path }), ...more }
}

/** A job of a GitLab pipeline. */
export function pipeline(project: string, more: Partial<JobSpec> = {}): JobSpec {
  return { repository: project, issuer: ISSUERS.gitlab, ...more }
}

/** The ref of a branch. */
export function branch(name: string): string {
  return `refs/heads/${name}`
}

/** The ref of a tag. */
export function tag(name: string): string {
  return `refs/tags/${name}`
}
