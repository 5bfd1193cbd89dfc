import { findBatch } from '../../copies/batch-store.ts'
import { assertNotErased } from '../../copies/change.ts'
import { getCopyRow } from '../../copies/read.ts'
import { assertImportFailed, retryImport } from '../../copies/retry-import.ts'
import { assertTransition, type CopyMove } from '../../copies/status.ts'
import { retryFinalization } from '../../marking/finalize.ts'
import { forceRelease } from '../../marking/lock.ts'
import type { Id } from '../../observability/id.ts'
import type { Database } from '../../platform/database.ts'
import { AppError } from '../../platform/errors.ts'
import { defineRepair, type Told } from './repair-kind.ts'

const ofImport = (batch: Id): Told => ({
  sentence: `import batch ${batch} again, from its beginning`,
  facts: { batch },
})

export const retryImportRepair = defineRepair({
  about: 'batch',
  plan: async ({ db }, batchId) => {
    const batch = await findBatch(db, batchId)
    if (!batch) throw new AppError('not-found', { title: 'There is no such batch.' })
    assertImportFailed(batch)
    return ofImport(batchId)
  },
  perform: async (deps, batchId, why) => {
    await retryImport(deps, batchId, why)
    return ofImport(batchId)
  },
})

const ofFinalization = (copy: Id): Told => ({
  sentence: `grade copy ${copy} again, from its first attempt`,
  facts: { copy },
})

export const retryFinalizationRepair = defineRepair({
  about: 'copy',
  plan: async ({ db }, copyId) => {
    await assertCanMove(db, copyId, 'retry')
    return ofFinalization(copyId)
  },
  perform: async (deps, copyId, why) => {
    await retryFinalization(deps, copyId, [{ action: 'REPAIR', metadata: why }])
    return ofFinalization(copyId)
  },
})

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
