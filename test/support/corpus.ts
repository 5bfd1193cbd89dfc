import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const folder = resolve(import.meta.dirname, '../..', process.env['PARAPH_CORPUS'] ?? '../shared/corpus')

/** Whether the public scans (PARAPH_CORPUS) are on this machine; tests that need them are skipped where they are not. */
export const hasCorpus = existsSync(folder)

/** A file of the public scans, or their folder. */
export function corpusPath(name = ''): string {
  return resolve(folder, name)
}

if (!hasCorpus) process.stderr.write('skipped: no real scans (PARAPH_CORPUS) on this machine\n')
