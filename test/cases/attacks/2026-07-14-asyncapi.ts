// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const GENERATOR = workflow('asyncapi/generator', '.github/workflows/if-nodejs-release.yml', { ref: branch('master') })
const SPECS = workflow('asyncapi/spec-json-schemas', '.github/workflows/if-nodejs-release.yml', {
  ref: branch('master'),
})

export const attack: AttackCase = {
  row: '2026-07-14',
  packages: '@asyncapi/generator 3.3.1, -helpers 1.1.1, -components 0.7.1, specs 6.11.2-alpha.1, 6.11.2',
  had: 'the token of a bot that administers the organisation: pushes to next, alpha and master',
  source: 'asyncapi.com/blog; asyncapi/generator#2184; spec-json-schemas#656',
  why: 'specs 6.11.2 came from the branch that it always comes from, by its own workflow, without a script',
  story: scenario('AsyncAPI, July 2026')
    .package('@asyncapi/generator', (p) =>
      p
        .builtBy(GENERATOR)
        .version('3.2.0', '2026-03-10T10:00Z')
        .version('3.3.0', '2026-06-01T10:00Z')
        .version('3.3.1', '2026-07-14T07:10Z', { job: { ref: branch('next') } }),
    )
    .package('@asyncapi/generator-helpers', (p) =>
      p
        .builtBy(GENERATOR)
        .version('1.1.0', '2026-06-01T10:00Z')
        .version('1.1.1', '2026-07-14T07:11Z', { job: { ref: branch('next') } }),
    )
    .package('@asyncapi/generator-components', (p) =>
      p
        .builtBy(GENERATOR)
        .version('0.7.0', '2026-06-01T10:00Z')
        .version('0.7.1', '2026-07-14T07:12Z', { job: { ref: branch('next') } }),
    )
    .package('@asyncapi/specs', (p) =>
      p
        .builtBy(SPECS)
        .version('6.11.0', '2026-03-10T10:00Z')
        .version('6.11.1', '2026-06-01T10:00Z')
        .version('6.11.2-alpha.1', '2026-07-14T08:10Z', { job: { ref: branch('alpha') }, distTag: 'alpha' })
        .version('6.11.2', '2026-07-14T08:30Z'),
    )
    .project((shop) =>
      shop
        .locks(
          [
            '@asyncapi/generator@3.3.0',
            '@asyncapi/generator-helpers@1.1.0',
            '@asyncapi/generator-components@0.7.0',
            '@asyncapi/specs@6.11.1',
          ],
          '2026-07-01',
        )
        .adopts('2026-07-01')
        .updatesTo(
          [
            '@asyncapi/generator@3.3.1',
            '@asyncapi/generator-helpers@1.1.1',
            '@asyncapi/generator-components@0.7.1',
            '@asyncapi/specs@6.11.2-alpha.1',
          ],
          '2026-07-14T08:20Z',
        )
        .updatesTo(['@asyncapi/specs@6.11.2'], '2026-07-14T09:00Z'),
    ),
  looks: [
    {
      '@asyncapi/generator@3.3.1': { refuse: ['ref-not-allowed'] },
      '@asyncapi/generator-helpers@1.1.1': { refuse: ['ref-not-allowed'] },
      '@asyncapi/generator-components@0.7.1': { refuse: ['ref-not-allowed'] },
      '@asyncapi/specs@6.11.2-alpha.1': { refuse: ['ref-not-allowed'] },
    },
    {
      '@asyncapi/generator@3.3.1': { refuse: ['ref-not-allowed'] },
      '@asyncapi/generator-helpers@1.1.1': { refuse: ['ref-not-allowed'] },
      '@asyncapi/generator-components@0.7.1': { refuse: ['ref-not-allowed'] },
      '@asyncapi/specs@6.11.2': { refuse: [] },
    },
  ],
}
