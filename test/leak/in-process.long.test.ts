import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printMetrics } from '../../src/observability/scrape.ts'
import { listColumns } from '../support/columns.ts'
import { createProbe } from '../support/leak-probe.ts'
import { COLUMN_MARKERS, countMarked, readMade } from './columns.ts'
import { IN_PROCESS } from './in-process-vectors.ts'
import { describeHits, type Output } from './ledger.ts'
import {
  fileNames,
  logFiles,
  otherFiles,
  plainColumns,
  postgresLogs,
  queueTables,
  sealedValues,
} from './remains.ts'
import { openWorld, type World } from './world.ts'

const NOTHING_LEFT = 'files that are neither logs nor documents, of which there is none'

describe('leak vectors within one process', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world?.close())

  describe.each(Object.entries(IN_PROCESS))('%s', (_, vectors) => {
    it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (name, vector) => {
      world.begin()
      // Whatever came of it: what was found comes first.
      const outcome = await vector.provoke(world, world.canaryOf(name)).catch((error: unknown) => error)
      expect(describeHits(world.ledger.look())).toEqual([])
      expect(outcome).toBe(vector.outcome)
    })
  })

  describe('afterwards', () => {
    const installation = () => ({ folder: world.app.folder, ownerUrl: world.app.database.ownerUrl })
    const remains: Readonly<Record<string, () => Output[] | Promise<Output[]>>> = {
      'the log files, with those that were rotated away': () => logFiles(installation()),
      'the log of PostgreSQL': () => postgresLogs(installation()),
      'the rows of the queue': () => queueTables(installation()),
      'the columns that are public or internal': () => plainColumns(installation()),
      'the sealed values, as they are stored': () => sealedValues(installation()),
      'the names of files': () => fileNames(installation()),
      [NOTHING_LEFT]: () => otherFiles(installation()),
      'the metrics': async () => [{ name: 'the metrics', content: await printMetrics() }],
    }

    it.each(Object.keys(remains))('no marker is in %s', async (name) => {
      const outputs = (await remains[name]?.()) ?? []
      expect(outputs.length > 0).toBe(name !== NOTHING_LEFT)
      const hits = outputs.flatMap((output) => world.probe.search(output.name, output.content))
      expect(describeHits(hits)).toEqual([])
    })

    it('the logs have rotated', () => {
      expect(logFiles(installation()).map(({ name }) => name)).toContain('app.log.1')
    })

    it.each(['/livez', '/readyz', '/api/openapi.json', '/api/auth/get-session'])(
      'no marker is in what everybody is told by %s',
      async (path) => {
        expect((await world.nobody.get(path)).status).toBe(200)
        expect(describeHits(world.ledger.look())).toEqual([])
      },
    )

    const concealed = listColumns()
      .filter((column) => column.class === 'personal' || column.class === 'secret')
      .map(({ schema, table, column }) => `${schema}.${table}.${column}`)

    it('each column that is personal or secret has its marker', () => {
      expect(Object.keys(COLUMN_MARKERS).sort()).toEqual(concealed.sort())
    })

    it.each(Object.entries(COLUMN_MARKERS))('%s was marked (%s)', async (name, how) => {
      const marked = await countMarked(world, name)
      expect(marked > 0).toBe(how !== 'refused')
    })

    it('no value of a secret that we make is in any output', async () => {
      const secrets = createProbe()
      const made = Object.keys(COLUMN_MARKERS).filter((name) => COLUMN_MARKERS[name] === 'made')
      for (const name of made)
        for (const text of await readMade(world, name)) secrets.plantSecret({ source: name, text })
      const installed = [...logFiles(installation()), ...(await queueTables(installation()))]
      const hits = installed.flatMap((output) => secrets.search(output.name, output.content))
      expect(describeHits([...hits, ...world.ledger.lookAgain(secrets)])).toEqual([])
    })
  })
})
