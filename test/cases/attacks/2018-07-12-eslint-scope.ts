// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { postinstall: 'node ./lib/build.js' }

export const attack: AttackCase = {
  row: '2018-07-12',
  packages: 'eslint-scope 3.7.2, eslint-config-eslint 5.0.2',
  had: 'an npm password that was used elsewhere too, without a second factor',
  source: 'eslint.org, post-mortem of 12 July 2018; eslint/eslint-scope#39',
  story: scenario('eslint-scope, July 2018')
    .package('eslint-scope', (p) =>
      p
        .publishedBy('maintainer')
        .version('3.7.1', '2017-04-12T18:00Z')
        .version('4.0.0', '2018-06-27T18:00Z')
        .byToken('3.7.2', '2018-07-12T10:40Z', { runs: HOOK, distTag: 'legacy' }),
    )
    .package('eslint-config-eslint', (p) =>
      p
        .publishedBy('maintainer')
        .version('5.0.1', '2018-05-01T18:00Z')
        .byToken('5.0.2', '2018-07-12T09:49Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['eslint-scope@3.7.1', 'eslint-config-eslint@5.0.1'], '2018-07-01')
        .adopts('2018-07-01')
        .updatesTo(['eslint-scope@3.7.2', 'eslint-config-eslint@5.0.2'], '2018-07-12T11:00Z'),
    ),
  looks: [
    {
      'eslint-scope@3.7.2': { refuse: ['install-script-added'] },
      'eslint-config-eslint@5.0.2': { refuse: ['install-script-added'] },
    },
  ],
}
