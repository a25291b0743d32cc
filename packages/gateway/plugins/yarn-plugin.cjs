// SPDX-License-Identifier: Apache-2.0
// Leads Yarn 2 and newer to the gateway of a run, which loads this by YARN_PLUGINS. What the environment cannot say is said here:
// - what lies in a cache is fetched anew and compared: a warm or checked-in cache brings nothing that the gateway did not hand out;
// - scopes go to the gateway whatever the project's settings say, without credentials, and past no proxy of the project's;
// - metadata that an earlier run kept names a gateway that is gone: it is kept in the run's own folder;
// - a URL in the lockfile (`__archiveUrl`) is asked for at the gateway, and nothing is asked of anybody else.
'use strict'

// The end of a tarball's URL that names its package: `@scope/name/-/name-1.0.0.tgz`.
const TARBALL = /\/((?:@[^/]+(?:\/|%2f))?[^/@]+\/-\/[^/]+\.tgz)$/iu
const CREDENTIALS = ['npmAuthToken', 'npmAuthIdent']

module.exports = {
  name: '@bonafide/plugin-run',
  factory(require) {
    const { Cache, httpUtils } = require('@yarnpkg/core')
    const gateway = process.env['YARN_NPM_REGISTRY_SERVER']
    const temporary = process.env['TMPDIR']
    const find = Cache.find
    // Without these, nothing is guarded: Yarn shall not start.
    if (gateway === undefined || temporary === undefined || typeof find !== 'function')
      throw new Error('bonafide: this Yarn cannot be guarded')

    const lead = (configuration) => {
      const { values } = configuration
      for (const [, settings] of configuration.get('npmScopes')) {
        settings.set('npmRegistryServer', gateway)
        settings.set('npmAlwaysAuth', false)
        for (const name of CREDENTIALS) settings.set(name, null)
      }
      for (const name of CREDENTIALS) values.set(name, null)
      values.set('npmAlwaysAuth', false)
      values.set('httpProxy', null)
      values.set('networkSettings', new Map())
      // Metadata lies below it; where the cache is was decided before. A mirror would be a cache beside it.
      values.set('globalFolder', `${temporary}/yarn`)
      values.set('enableMirror', false)
    }

    Cache.find = (configuration, options = {}) => {
      lead(configuration)
      return find.call(Cache, configuration, { ...options, check: true })
    }

    return {
      hooks: {
        async wrapNetworkRequest(executor, { target, body, ...rest }) {
          const url = new URL(String(target))
          if (url.href.startsWith(`${gateway}/`)) return executor
          const path = TARBALL.exec(url.pathname)?.[1]
          if (path === undefined)
            throw new Error(`bonafide: nothing is fetched past the gateway; asked for ${url.host}`)
          return () => httpUtils.request(`${gateway}/${path}`, body, { ...rest, headers: {} })
        },
      },
    }
  },
}
