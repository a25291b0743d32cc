// SPDX-License-Identifier: Apache-2.0
// One file without dependencies: Yarn loads it before anything is installed, by path.
const { execFile } = require('node:child_process')
const { accessSync, constants, mkdtempSync, realpathSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { delimiter, dirname, isAbsolute, join, sep } = require('node:path')

const MAX_OUTPUT = 512 * 1024 * 1024
const WORDS = { 1: 'refused', 3: 'undecided' }

/** Runs `bonafide verify`, a program of its own, so that what verifies is not what is being verified. Resolves to the refusal, or null. */
function verify(project, words) {
  const cwd = project.cwd
  const engine = project.configuration.get('bonafideEngine') ?? search('bonafide', cwd)
  if (engine === null)
    return Promise.resolve('no bonafide on the PATH outside of this project: name it in bonafideEngine')
  if (!isAbsolute(engine) || isJudged(real(engine), real(cwd)))
    return Promise.resolve(`the engine lies in what it judges: ${engine}`)
  const isScript = /\.m?js$/u.test(engine)
  const args = ['verify', ...words, ...project.configuration.get('bonafideOptions')]
  const [file, all] = isScript ? [process.execPath, [engine, ...args]] : [engine, args]
  return new Promise((resolve) => {
    execFile(file, all, { cwd, maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) => {
      if (error === null) return resolve(null)
      const told = `${stdout}${stderr}`.trim()
      resolve(`${WORDS[error.code] ?? 'not judged'}\n${told === '' ? error.message : told}`)
    })
  })
}

// What is searched for never comes from the project: `node_modules/.bin` is on the PATH of every script.
function search(name, project) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const files = folders.map((folder) => join(folder, name))
  return (
    files.find((file) => isProgram(file) && !isJudged(file, project) && !isJudged(real(file), real(project))) ?? null
  )
}

// In the project, or among what a folder around it has installed.
function isJudged(file, project) {
  if (isWithin(file, project)) return true
  for (let folder = project; folder !== dirname(folder); folder = dirname(folder))
    if (isWithin(file, join(dirname(folder), 'node_modules'))) return true
  return false
}

function isWithin(path, folder) {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

function real(path) {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The versions of registries that Yarn has chosen, as `NAME@VERSION`. What comes from elsewhere stands in yarn.lock, and is judged there. */
function versionsOf(packages) {
  const versions = new Map()
  for (const { scope, name, reference } of packages.values()) {
    const [, version] = /^(?:virtual:[^#]*#)?npm:([^:]+)(?:::|$)/u.exec(reference) ?? []
    const full = scope === null ? name : `@${scope}/${name}`
    if (version !== undefined) versions.set(`${full}@${version}`, { name: full, version })
  }
  return versions
}

/** What was judged in this process, by project: a command may install more than one. */
const states = new Map()

function stateOf(project) {
  const state = states.get(project.cwd) ?? { project, known: new Set(), judged: Promise.resolve() }
  states.set(project.cwd, state)
  return state
}

async function judgeList(project, list) {
  const place = mkdtempSync(join(tmpdir(), 'bonafide-yarn-'))
  try {
    const file = join(place, 'packages.json')
    writeFileSync(file, JSON.stringify(list))
    const refusal = await verify(project, ['--packages', file])
    if (refusal !== null) throw new Error(`bonafide: ${refusal}`)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** Judges what has been chosen since the lockfile was: before the first tarball is asked for, and before any script runs. */
function judgeFresh(state) {
  const fresh = [...versionsOf(state.project.storedPackages)].filter(([key]) => !state.known.has(key))
  if (fresh.length === 0) return state.judged
  for (const [key] of fresh) state.known.add(key)
  const list = fresh.map(([, version]) => version)
  state.judged = state.judged.then(() => judgeList(state.project, list))
  // Whoever awaits it is told; nobody else has to be.
  state.judged.catch(() => {})
  return state.judged
}

module.exports = {
  name: '@bonafide/plugin-yarn',
  factory: () => ({
    configuration: {
      bonafideEngine: {
        description: 'The bonafide command, or its bin/bonafide.js: an absolute path outside of the project',
        type: 'STRING',
        default: null,
      },
      bonafideOptions: {
        description: 'Further options of bonafide verify',
        type: 'STRING',
        isArray: true,
        default: [],
      },
    },
    hooks: {
      // Called in every install, immutable or not, before any request.
      async validateProject(project, report) {
        const state = stateOf(project)
        state.project = project
        if (project.originalPackages.size === 0) return
        const refusal = await verify(project, ['--allow-incomplete'])
        if (refusal === null) {
          for (const key of versionsOf(project.originalPackages).keys()) state.known.add(key)
          return
        }
        for (const line of `bonafide: ${refusal}`.split('\n')) report.reportError(0, line)
      },
      // Yarn does not say for which project: any that is being installed.
      async wrapNetworkRequest(executor, { target }) {
        if (!/\.t(?:ar\.)?gz(?:[?#]|$)/u.test(String(target))) return executor
        return async () => {
          for (const state of states.values()) await judgeFresh(state)
          return executor()
        }
      },
      async wrapScriptExecution(executor, project) {
        const state = stateOf(project)
        return async () => {
          await judgeFresh(state)
          return executor()
        }
      },
    },
  }),
}
