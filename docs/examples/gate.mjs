// SPDX-License-Identifier: Apache-2.0
// A lockfile judged inside a program of your own: the answer is data, with stable codes.
import { openSources, readProject, verifyProject } from '@bonafide/verify'

/** Calls `tell` with one line for each reason that stands against the project; true where none does. */
export async function gate(dir, tell, trust = {}) {
  const where = { cwd: process.cwd(), dir }
  const project = await readProject(where)
  const { privateRoots } = project
  const sources = await openSources({ ...where, env: process.env, now: new Date(), privateRoots, ...trust })
  try {
    const { report } = await verifyProject(project, sources, { simulated: false })
    for (const { name, version, locations, findings } of report.packages)
      for (const { code, level, found, wanted } of findings)
        if (level === 'refuse')
          tell(`${locations[0]?.file}:${locations[0]?.line} ${name}@${version} ${code}: ${found}, not ${wanted}`)
    return report.verdict === 'satisfied'
  } finally {
    await sources.close()
  }
}
