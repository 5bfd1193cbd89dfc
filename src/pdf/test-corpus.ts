import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'

const root = resolve(import.meta.dirname, '../..')
// biome-ignore lint/style/noProcessEnv: where real scans lie is a matter of the machine that tests, not of Paraph
const folder = resolve(root, process.env['PARAPH_CORPUS'] ?? '../shared/corpus')

/** A file of the collection of real scans, or its folder. Tests that need it are skipped where it is absent. */
export function corpusPath(name = ''): string {
  return resolve(folder, name)
}

if (!existsSync(folder)) process.stderr.write('skipped: no real scans (PARAPH_CORPUS) on this machine\n')
