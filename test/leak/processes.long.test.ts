import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND_VECTORS } from './command-vectors.ts'
import { describeHits, type Output } from './ledger.ts'
import { operatorOutputs } from './operator-outputs.ts'
import { dumps, PROCESS_VECTORS } from './process-vectors.ts'
import { openProcessWorld, type ProcessWorld } from './process-world.ts'
import {
  fileNames,
  type Installation,
  logFiles,
  otherFiles,
  plainColumns,
  postgresLogs,
  queueTables,
  sealedValues,
} from './remains.ts'

describe('leak vectors of whole processes', () => {
  let world: ProcessWorld
  const known = dumps()
  beforeAll(async () => {
    world = await openProcessWorld()
  })
  afterAll(() => world?.close())

  const vectors = [...COMMAND_VECTORS, ...PROCESS_VECTORS]
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (name, vector) => {
    world.begin()
    // Whatever came of it: what was found comes first.
    const outcome = await vector.provoke(world, world.canaryOf(name)).catch((error: unknown) => error)
    expect(describeHits(world.ledger.look())).toEqual([])
    expect(outcome).toBe(vector.outcome)
  })

  describe('afterwards', () => {
    let installation: Installation
    beforeAll(async () => {
      installation = await world.installation()
    })
    const remains: Readonly<Record<string, (found: Installation) => Output[] | Promise<Output[]>>> = {
      'the logs of all processes': logFiles,
      'the log of PostgreSQL': postgresLogs,
      'the rows of the queue': queueTables,
      'the columns that are public or internal': plainColumns,
      'the sealed values, as they are stored': sealedValues,
      'the names of files': fileNames,
      'the files that are neither logs nor documents': otherFiles,
    }

    it.each(Object.keys(remains))('no marker is in %s', async (name) => {
      const outputs = (await remains[name]?.(installation)) ?? []
      expect(outputs).not.toEqual([])
      const hits = outputs.flatMap((output) => world.probe.search(output.name, output.content))
      expect(describeHits(hits)).toEqual([])
    })

    it('no marker is in what operators are shown: doctor, repairs, the support bundle', async () => {
      const outputs = await operatorOutputs(world)
      expect(outputs.find(({ name }) => name === 'stdout of doctor')?.content).toContain('found')
      const hits = outputs.flatMap(({ name, content }) => world.probe.search(name, content))
      expect(describeHits(hits)).toEqual([])
    })

    it('no process has written a report, a core file or a picture of its memory', () => {
      expect(dumps()).toEqual(known)
    })
  })
})
