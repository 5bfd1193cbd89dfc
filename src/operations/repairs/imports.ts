import { findBatch } from '../../copies/batch-store.ts'
import { assertImportFailed, dismissImport, retryImport } from '../../copies/retry-import.ts'
import type { Id } from '../../observability/id.ts'
import type { Database } from '../../platform/database.ts'
import { AppError } from '../../platform/errors.ts'
import { assertMendable } from './assert-mendable.ts'
import { defineRepair, type Repair, type RepairDeps, type Told, type Why } from './repair-kind.ts'

type ImportAction = 'retry-import' | 'dismiss-import'

type Deed = (deps: RepairDeps, batchId: Id, why: Why) => Promise<void>

function defineImportRepair(action: ImportAction, sentence: (batch: Id) => string, deed: Deed): Repair {
  const told = (batch: Id): Told => ({ sentence: sentence(batch), facts: { batch } })
  return defineRepair({
    about: 'batch',
    plan: async ({ db }, batchId) => {
      await assertOpen(db, action, batchId)
      return told(batchId)
    },
    perform: async (deps, batchId, why) => {
      await assertOpen(deps.db, action, batchId)
      await deed(deps, batchId, why)
      return told(batchId)
    },
  })
}

export const retryImportRepair = defineImportRepair(
  'retry-import',
  (batch) => `import batch ${batch} again, from its beginning`,
  retryImport,
)
export const dismissImportRepair = defineImportRepair(
  'dismiss-import',
  (batch) => `wait no longer for batch ${batch}, whose import failed; its scan is kept`,
  dismissImport,
)

/** Importing what was made good would make its copies twice. */
async function assertOpen(db: Database, action: ImportAction, batchId: Id): Promise<void> {
  const batch = await findBatch(db, batchId)
  if (!batch) throw new AppError('not-found', { title: 'There is no such batch.' })
  assertImportFailed(batch)
  await assertMendable(
    db,
    action,
    batchId,
    'This batch waits for nobody: a later scan of its exam was imported in its place, or it was dismissed. To have it after all, upload the scan again.',
  )
}
