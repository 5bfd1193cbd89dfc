import { assertNotErased } from '../../copies/change.ts'
import { getCopyRow } from '../../copies/read.ts'
import { assertTransition, type CopyMove } from '../../copies/status.ts'
import { retryFinalization } from '../../marking/finalize.ts'
import { forceRelease } from '../../marking/lock.ts'
import type { Id } from '../../observability/id.ts'
import type { Database } from '../../platform/database.ts'
import { assertMendable } from './assert-mendable.ts'
import { defineRepair, type Told } from './repair-kind.ts'

const ofFinalization = (copy: Id): Told => ({
  sentence: `grade copy ${copy} again, from its first attempt`,
  facts: { copy },
})

export const retryFinalizationRepair = defineRepair({
  about: 'copy',
  plan: async ({ db }, copyId) => {
    await assertFailed(db, copyId)
    return ofFinalization(copyId)
  },
  perform: async (deps, copyId, why) => {
    await assertFailed(deps.db, copyId)
    await retryFinalization(deps, copyId, [{ action: 'REPAIR', metadata: why }])
    return ofFinalization(copyId)
  },
})

async function assertFailed(db: Database, copyId: Id): Promise<void> {
  await assertCanMove(db, copyId, 'retry')
  await assertMendable(db, 'retry-finalization', copyId, 'The finalization of this copy has not failed.')
}

const ofRelease = (copy: Id): Told => ({
  sentence: `end the lock of copy ${copy}, whoever holds it`,
  facts: { copy },
})

export const forceReleaseRepair = defineRepair({
  about: 'copy',
  plan: async ({ db }, copyId) => {
    await assertCanMove(db, copyId, 'force-release')
    return ofRelease(copyId)
  },
  perform: async (deps, copyId, why) => {
    const repair = { action: 'REPAIR', metadata: why } as const
    await forceRelease(deps, { copyId, reason: why.reason_code }, [repair])
    return ofRelease(copyId)
  },
})

async function assertCanMove(db: Database, copyId: Id, move: CopyMove): Promise<void> {
  const copy = assertNotErased(await getCopyRow(db, copyId))
  assertTransition(copy.status, move)
}
