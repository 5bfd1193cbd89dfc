import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestApp } from '../support/app.ts'
import type { Hit, Probe } from '../support/leak-probe.ts'
import { openSeals } from '../support/opened-seals.ts'
import { ALL_SCHEMAS, readBinaries, readTables } from '../support/tables.ts'

export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

/** Every marker wherever it could be: rows, sealed values, files, tiles, log lines, and what is answered now. */
export async function searchEverything(
  app: TestApp,
  probe: Probe,
  answers: readonly (readonly [string, Buffer | string])[],
): Promise<Hit[]> {
  const { ownerUrl } = app.database
  const binaries = [...(await readBinaries(ownerUrl))].map(
    ([name, values]) => [name, Buffer.concat(values.flatMap((bytes) => [bytes, Buffer.from('\n')]))] as const,
  )
  const outputs: (readonly [string, Buffer | string])[] = [
    ...(await readTables(ownerUrl, ALL_SCHEMAS)),
    ...binaries,
    ['what is sealed', await openSeals(ownerUrl, app.services.keys)],
    ...filesOf(app.folder).map((path) => [path.slice(app.folder.length), readFileSync(path)] as const),
    ['names of files', filesOf(app.folder).join('\n')],
    ['log lines', app.lines.map((line) => JSON.stringify(line)).join('\n')],
    ...answers,
  ]
  return outputs.flatMap(([name, content]) => probe.search(name, content))
}
