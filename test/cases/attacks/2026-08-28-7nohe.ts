// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const NAME = '@7nohe/openapi-react-query-codegen'
const COMMENT = { trigger: 'issue_comment', ref: branch('main') }
const GYP = { 'binding.gyp': '{ "targets": [] }\n' }

export const attack: AttackCase = {
  row: '2026-08-28',
  packages: `${NAME} 0.5.4/5, 1.6.3/4, 2.2.1/2, 3.0.3/4, 2× 0.0.0-<sha>`,
  had: 'a comment on a pull request: “npm publish”, which the release workflow obeyed from anybody',
  source: '7nohe/openapi-react-query-codegen#217, #218',
  story: scenario('7nohe, August 2026')
    .package(NAME, (p) =>
      p
        .publishedBy('7nohe')
        .version('0.5.3', '2024-02-10T10:00Z', { distTag: 'v0' })
        .version('1.6.2', '2025-01-10T10:00Z', { distTag: 'v1' })
        .builtBy(workflow('7nohe/openapi-react-query-codegen', '.github/workflows/release.yml', { trigger: 'release' }))
        .version('2.2.0', '2026-04-10T10:00Z', { distTag: 'v2' })
        .version('3.0.1', '2026-05-10T10:00Z')
        .version('3.0.2', '2026-06-10T10:00Z')
        .version('3.0.3', '2026-08-28T10:00Z', { job: COMMENT, files: GYP })
        .version('2.2.1', '2026-08-28T10:05Z', { job: COMMENT, files: GYP, distTag: 'v2' })
        .version('1.6.3', '2026-08-28T10:10Z', { job: COMMENT, files: GYP, distTag: 'v1' })
        .version('0.5.4', '2026-08-28T10:15Z', { job: COMMENT, files: GYP, distTag: 'v0' })
        .version('3.0.4', '2026-08-28T10:21Z', { job: COMMENT, files: GYP }),
    )
    .project((shop) =>
      shop
        .locks([`${NAME}@3.0.2`], '2026-08-01')
        .adopts('2026-08-01')
        .updatesTo([`${NAME}@3.0.4`], '2026-08-28T10:50Z'),
    )
    .project((legacy) =>
      legacy
        .locks([`${NAME}@2.2.0`], '2026-08-01')
        .adopts('2026-08-01')
        .updatesTo([`${NAME}@2.2.1`], '2026-08-28T10:51Z'),
    )
    .project((ancient) =>
      ancient
        .locks([`${NAME}@1.6.2`], '2026-08-01')
        .adopts('2026-08-01')
        .updatesTo([`${NAME}@1.6.3`], '2026-08-28T10:52Z'),
    ),
  looks: [
    { [`${NAME}@3.0.4`]: { refuse: ['install-script-added', 'ref-not-allowed', 'trigger-not-allowed'] } },
    {
      [`${NAME}@2.2.1`]: {
        refuse: ['install-script-added', 'ref-not-allowed', 'trigger-not-allowed'],
        warn: ['version-backfill'],
      },
    },
    {
      [`${NAME}@1.6.3`]: {
        refuse: ['install-script-added', 'ref-not-allowed'],
        warn: ['trigger-not-allowed', 'version-backfill'],
      },
    },
  ],
}
