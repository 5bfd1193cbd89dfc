// Run after each `npm install`: a platform package that the registry could not resolve is silently left out of
// the lockfile, and npm 11's `npm ci` then refuses the file on every platform. Add the missing entries, marked optional.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(path, 'utf8'))
const CPUS = {
  arm64: 'arm64',
  x64: 'x64',
  arm: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
}
const SYSTEMS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
}

/** The word of `table` that occurs among the dash-separated parts of a package name. */
function wordIn(name, table) {
  return Object.keys(table).find((word) => name.split(/[-/]/).includes(word))
}

let added = 0
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const hoisted = `node_modules/${name}`
    if (lock.packages[hoisted] || lock.packages[`${parent}/${hoisted}`]) continue
    const os = wordIn(name, SYSTEMS)
    const cpu = wordIn(name, CPUS)
    lock.packages[hoisted] = {
      version,
      ...(cpu ? { cpu: [cpu] } : {}),
      ...(entry.dev ? { dev: true } : {}),
      ...(name.endsWith('musl') ? { libc: ['musl'] } : {}),
      optional: true,
      ...(os ? { os: [os] } : {}),
    }
    added += 1
  }
}
if (added > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
}
process.stdout.write(`${added} missing platform packages added\n`)
