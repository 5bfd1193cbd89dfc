import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulateLog } from '../../test/support/simulated-log.ts'
import {
  makeWitnessFolder,
  openWitness,
  removeWitnessFolders,
  type WitnessInRoom,
} from '../../test/support/witness-room.ts'
import { configureLogging } from '../observability/log.ts'
import { parseCheckpoint } from './tlog/checkpoint.ts'
import { parseNote } from './tlog/note.ts'
import { latestCheckpointPath } from './tlog/witness-protocol.ts'
import type { Cosigned, WitnessState } from './witness-state.ts'

const log = simulateLog()
const ORIGIN = log.identity.origin
const vkeys = [log.vkey]

let root: string
let witness: WitnessInRoom | undefined
beforeEach(() => {
  root = makeWitnessFolder()
})
afterEach(() => {
  witness?.release()
  configureLogging(undefined)
})
afterAll(removeWitnessFolders)

const body = (oldSize: number, size: number, isRewritten = false) =>
  Buffer.from(log.requestOf(oldSize, size, isRewritten))
const sizeOnDisk = () =>
  parseCheckpoint(parseNote(readFileSync(join(root, 'state', latestCheckpointPath(ORIGIN)), 'utf8')).text)
    .size

/** Opens the witness, whose disk takes its time; returns the heads in the order in which they were kept. */
async function openSlow(): Promise<{ asked: WitnessInRoom['cosign']; kept: number[] }> {
  const kept: number[] = []
  const keep = (own: WitnessState['keep']) => async (cosigned: Cosigned) => {
    await sleep(30)
    await own(cosigned)
    kept.push(cosigned.checkpoint.size)
  }
  witness = await openWitness(root, { vkeys, keep })
  return { asked: witness.cosign, kept }
}

describe('a cosignature', () => {
  it('leaves when the checkpoint is on disk, and not before', async () => {
    const { asked } = await openSlow()
    const answer = asked(body(0, 7))
    await sleep(10)
    expect(existsSync(join(root, 'state', latestCheckpointPath(ORIGIN)))).toBe(false)
    expect(await answer).toMatchObject({ status: 200 })
    expect(sizeOnDisk()).toBe(7)
  })

  it('is given to one of two requests that come at once, and the other learns the new size', async () => {
    const { asked, kept } = await openSlow()
    await asked(body(0, 7))
    const answers = await Promise.all([asked(body(7, 50)), asked(body(7, 20))])
    expect(answers).toMatchObject([{ status: 200 }, { status: 409, body: '50\n' }])
    expect([kept, sizeOnDisk()]).toEqual([[7, 50], 50])
  })

  it('never goes to two histories, whatever comes at once', async () => {
    const { asked, kept } = await openSlow()
    const sizes = Array.from({ length: 12 }, (_, index) => index + 5)
    const answers = await Promise.all(
      sizes.flatMap((size) => [asked(body(0, size)), asked(body(0, size, true))]),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, ...Array.from({ length: 23 }, () => 409)])
    expect(kept).toEqual([5])
    const rewritten = await asked(body(5, 30, true))
    expect(rewritten.status).toBe(422)
  })

  it('is refused to a log that was rolled back, also when it proves to have been smaller', async () => {
    const { asked } = await openSlow()
    await asked(body(0, 50))
    for (const [oldSize, size] of [
      [0, 20],
      [20, 20],
      [20, 21],
    ] as const) {
      expect(await asked(body(oldSize, size))).toMatchObject({ status: 409, body: '50\n' })
    }
    expect(await asked(body(50, 20))).toMatchObject({ status: 400 })
    expect(await asked(body(50, 50, true))).toMatchObject({
      status: 409,
      contentType: 'text/plain; charset=utf-8',
    })
    expect(sizeOnDisk()).toBe(50)
  })
})

describe('a witness that cannot keep what it would cosign', () => {
  it('says so, forgets nothing, and decides the next request on the head before', async () => {
    let isFull = true
    witness = await openWitness(root, {
      vkeys,
      keep: (own) => async (cosigned) => {
        if (isFull) throw new Error('no room')
        await own(cosigned)
      },
    })
    const { cosign } = witness
    await expect(cosign(body(0, 7))).rejects.toThrow('no room')
    const waiting = [cosign(body(0, 8)), cosign(body(0, 9))]
    expect(await Promise.allSettled(waiting)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    isFull = false
    expect(await cosign(body(0, 6))).toMatchObject({ status: 200 })
    expect(await cosign(body(0, 7))).toMatchObject({ status: 409, body: '6\n' })
  })
})

it('every decision is a line that tells the log by its number, and repeats nothing', async () => {
  const lines: Record<string, unknown>[] = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const other = simulateLog('example.org/zoe-marqueur')
  witness = await openWitness(root, { vkeys: [other.vkey, log.vkey] })
  configureLogging({ audit: memory, app: { write: () => undefined }, now: () => new Date(0) })
  await witness.cosign(body(0, 7))
  await witness.cosign(body(3, 9))
  await witness.cosign(Buffer.from(other.requestOf(0, 5)))
  await witness.cosign(Buffer.from(simulateLog('example.org/third').requestOf(0, 4)))
  await witness.cosign(Buffer.from('old 3\n\nzoe-marqueur'))
  const told = lines.map(({ time: _, severity_number: __, logger, ...line }) => ({ ...line, logger }))
  const cosigned = { level: 'INFO', logger: 'audit', event: 'witness.cosigned' }
  const refused = { level: 'WARNING', logger: 'audit', event: 'witness.refused' }
  expect(told).toEqual([
    { ...cosigned, 'witness.log': 2, 'tree.size': 7 },
    { ...refused, 'http.response.status_code': 409, 'witness.log': 2, 'tree.size': 9 },
    { ...cosigned, 'witness.log': 1, 'tree.size': 5 },
    { ...refused, 'http.response.status_code': 404, 'witness.log': 0, 'tree.size': 4 },
    { ...refused, 'http.response.status_code': 400 },
  ])
})
