// SPDX-License-Identifier: Apache-2.0

/** The plugin's file, for tools that hand it to Yarn: by `yarn plugin import`, `plugins` in `.yarnrc.yml`, or the variable `YARN_PLUGINS`. */
export const PLUGIN: URL = new URL('../plugin/bonafide.cjs', import.meta.url)
