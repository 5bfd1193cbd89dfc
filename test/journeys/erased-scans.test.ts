import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dismissImport, retryImport } from '../../src/copies/retry-import.ts'
import type { Id } from '../../src/observability/id.ts'
import type { RepairAction } from '../../src/operations/contract.ts'
import { FAILED_IMPORTS } from '../../src/operations/failed-imports.ts'
import { replayLog } from '../../src/operations/replay.ts'
import { listActorRefs } from '../../src/people/store.ts'
import { type AppLog, openAppLog } from '../support/app-log.ts'
import { type ErasureRoom, openErasureRoom } from '../support/erasing.ts'

describe('what operators see of a scan that was erased by itself', () => {
  let room: ErasureRoom
  let log: AppLog
  beforeAll(async () => {
    room = await openErasureRoom()
    log = openAppLog(room.app)
  })
  afterAll(async () => {
    await log?.close()
    await room?.close()
  })

  const repair = (what: typeof retryImport | typeof dismissImport, action: RepairAction, batchId: Id) =>
    room.eraser.asOperator(() => what(room.app.services, batchId, { action, reason_code: 'other' }))

  it('a failed import is not tried again, needs no dismissal, and waits for nobody', async () => {
    const batchId = await room.importBroken()
    const isWaiting = async () =>
      (await room.sql<{ batch: Id }>(FAILED_IMPORTS)).some(({ batch }) => batch === batchId)
    expect(await isWaiting()).toBe(true)
    await room.eraser.eraseBatch(batchId)
    const refusal = { code: 'copy-erased', title: 'The scan of this batch was erased.' }
    await expect(repair(retryImport, 'retry-import', batchId)).rejects.toMatchObject(refusal)
    await expect(repair(dismissImport, 'dismiss-import', batchId)).rejects.toMatchObject(refusal)
    expect(await isWaiting()).toBe(false)
  })

  it('one that was dismissed before is erased like any other', async () => {
    const batchId = await room.importBroken()
    await repair(dismissImport, 'dismiss-import', batchId)
    expect(await room.eraser.eraseBatch(batchId)).toMatchObject({ outcome: 'erased' })
  })

  it('the tables are what the log says of them, beside a graded copy and after its erasure, and the log verifies', async () => {
    const [copyId, batchId] = [await room.gradeOne(), await room.importUnplaced()]
    await room.eraser.eraseBatch(batchId)
    const { db, keys } = room.app.services
    expect(await replayLog({ db, keys, listActorRefs })).toMatchObject({
      copies: 1,
      findings: [],
      doubts: [],
    })
    await room.eraser.erase(copyId)
    expect(await replayLog({ db, keys, listActorRefs })).toMatchObject({
      copies: 1,
      findings: [],
      doubts: [],
    })
    await log.publish()
    expect(await log.verify()).toMatchObject({ findings: [], gaps: 0, waiting: 0 })
  })
})
