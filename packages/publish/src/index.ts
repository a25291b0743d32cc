// SPDX-License-Identifier: Apache-2.0
export type { CiJob, CiProvider } from './ci-job.ts'
export type { PreparedPackage } from './prepared-package.ts'
