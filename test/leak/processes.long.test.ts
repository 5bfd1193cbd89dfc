import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPAIR_ACTIONS } from '../../src/operations/contract.ts'
import { COMMAND_VECTORS } from './command-vectors.ts'
import { describeHits, type Output } from './ledger.ts'
import { givenToOperators, operatorAnswers, operatorOutputs } from './operator-outputs.ts'
import { repairEverything } from './operator-repairs.ts'
import { dumps, LAST_VECTOR, PROCESS_VECTORS } from './process-vectors.ts'
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

  const hitsIn = (outputs: readonly Output[]) =>
    describeHits(outputs.flatMap(({ name, content }) => world.probe.search(name, content)))

  async function expectNoLeak(vector: (typeof PROCESS_VECTORS)[number]): Promise<void> {
    world.begin()
    // Whatever came of it: what was found comes first.
    const outcome = await vector.provoke(world, world.canaryOf(vector.name)).catch((error: unknown) => error)
    expect(describeHits(world.ledger.look())).toEqual([])
    expect(outcome).toBe(vector.outcome)
  }

  const vectors = [...COMMAND_VECTORS, ...PROCESS_VECTORS]
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => expectNoLeak(vector))

  it('no marker is in what repairs say, told or done, nor in what operators are answered', async () => {
    const { ends, outputs, ids } = await repairEverything(world)
    expect(Object.keys(ends).toSorted()).toEqual([...REPAIR_ACTIONS].toSorted())
    // Told and done; afterwards most of them no longer apply.
    const refused = Object.entries(ends).filter(([, end]) => !end.startsWith('0, 0, '))
    expect(refused).toEqual([])
    expect(hitsIn(outputs)).toEqual([])
    const answers = await operatorAnswers(world, ids)
    expect(answers.length).toBeGreaterThan(8)
    expect(hitsIn(answers)).toEqual([])
    expect(describeHits(world.ledger.look())).toEqual([])
    const again = await operatorOutputs({ ...world, root: mkdtempSync(join(world.root, 'after-')) })
    expect(hitsIn(again)).toEqual([])
    // More than forty commands, each a process of its own.
  }, 1_200_000)

  it(LAST_VECTOR.name, () => expectNoLeak(LAST_VECTOR))

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

    it('no marker is in what operators are shown: doctor and the support bundle', async () => {
      const outputs = await operatorOutputs(world)
      expect(outputs.find(({ name }) => name === 'stdout of doctor')?.content).toContain('found')
      expect(hitsIn(outputs)).toEqual([])
    })

    it('no marker is in what operators are given: rules, and the pages of the playbook', () => {
      const outputs = givenToOperators()
      expect(outputs.length).toBeGreaterThan(15)
      expect(hitsIn(outputs)).toEqual([])
    })

    it('no process has written a report, a core file or a picture of its memory', () => {
      expect(dumps()).toEqual(known)
    })
  })
})
