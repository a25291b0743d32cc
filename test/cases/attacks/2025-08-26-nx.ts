// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { postinstall: 'node telemetry.js' }
const PUBLISH = workflow('nrwl/nx', '.github/workflows/publish.yml', { trigger: 'release' })

export const attack: AttackCase = {
  row: '2025-08-26',
  packages: 'nx 20.9.0 to 21.8.0, @nx/*',
  had: 'the npm token, taken from a workflow that the title of a pull request could steer',
  source: 'nx.dev/blog/s1ngularity-postmortem',
  story: scenario('nx, August 2025')
    .package('nx', (p) =>
      p
        .builtBy(PUBLISH, { tokenOf: 'nrwl-jason' })
        .version('20.8.1', '2025-05-01T10:00Z', { distTag: 'v20', job: { ref: 'refs/tags/20.8.1' } })
        .version('21.3.11', '2025-07-20T10:00Z', { job: { ref: 'refs/tags/21.3.11' } })
        .version('20.8.2', '2025-06-20T10:00Z', { distTag: 'v20', job: { ref: 'refs/tags/20.8.2' } })
        .version('21.4.1', '2025-08-15T10:00Z', { job: { ref: 'refs/tags/21.4.1' } })
        .byToken('21.5.0', '2025-08-26T22:32Z', { runs: HOOK })
        .byToken('20.9.0', '2025-08-26T22:39Z', { runs: HOOK, distTag: 'v20' })
        .byToken('20.10.0', '2025-08-26T23:54Z', { runs: HOOK, distTag: 'v20' })
        .byToken('21.6.0', '2025-08-26T23:54Z', { runs: HOOK })
        .byToken('20.11.0', '2025-08-27T00:16Z', { runs: HOOK, distTag: 'v20' })
        .byToken('21.7.0', '2025-08-27T00:17Z', { runs: HOOK })
        .byToken('21.8.0', '2025-08-27T00:30Z', { runs: HOOK })
        .byToken('20.12.0', '2025-08-27T00:37Z', { runs: HOOK, distTag: 'v20' }),
    )
    .project((shop) =>
      shop
        .locks(['nx@21.4.1'], '2025-08-20')
        .adopts('2025-08-20')
        .updatesTo(['nx@21.5.0'], '2025-08-26T22:50Z')
        .updatesTo(['nx@21.8.0'], '2025-08-27T00:50Z'),
    )
    .project((legacy) =>
      legacy
        .locks(['nx@20.8.2'], '2025-08-20')
        .adopts('2025-08-20')
        .updatesTo(['nx@20.9.0'], '2025-08-26T22:51Z')
        .updatesTo(['nx@20.12.0'], '2025-08-27T00:51Z'),
    ),
  looks: [
    { 'nx@21.5.0': { refuse: ['install-script-added', 'provenance-missing'] } },
    { 'nx@20.9.0': { refuse: ['install-script-added', 'provenance-missing'], warn: ['version-backfill'] } },
    { 'nx@21.8.0': { refuse: ['install-script-added', 'provenance-missing'] } },
    { 'nx@20.12.0': { refuse: ['install-script-added', 'provenance-missing'], warn: ['version-backfill'] } },
  ],
}
