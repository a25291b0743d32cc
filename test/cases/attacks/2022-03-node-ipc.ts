// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2022-03',
  packages: 'node-ipc 10.1.1, 10.1.2 (peacenotwar)',
  had: 'nothing: it was the maintainer himself',
  source: 'orbitalreg, case study',
  story: scenario('node-ipc, March 2022')
    .package('node-ipc', (p) =>
      p
        .publishedBy('riaevangelist')
        .version('10.0.0', '2021-06-01T10:00Z')
        .version('10.1.0', '2021-07-19T10:00Z')
        .version('10.1.1', '2022-03-08T10:00Z', { adds: { peacenotwar: '^9.1.3' } })
        .version('10.1.2', '2022-03-08T14:00Z', { adds: { peacenotwar: '^9.1.3' } }),
    )
    .package('peacenotwar', (p) => p.publishedBy('riaevangelist').version('9.1.3', '2022-03-08T09:00Z'))
    .project((shop) =>
      shop
        .locks(['node-ipc@10.1.0'], '2022-03-01')
        .adopts('2022-03-01')
        .updatesTo(['node-ipc@10.1.1', 'peacenotwar@9.1.3'], '2022-03-08T10:30Z')
        .updatesTo(['node-ipc@10.1.2'], '2022-03-08T14:30Z'),
    ),
  looks: [
    {
      'node-ipc@10.1.1': { refuse: ['fresh-dependency'] },
      'peacenotwar@9.1.3': { refuse: ['provenance-missing'] },
    },
    {
      'node-ipc@10.1.2': { refuse: ['fresh-dependency'] },
      'peacenotwar@9.1.3': { refuse: ['provenance-missing'] },
    },
  ],
}
