import { setTimeout as sleep } from 'node:timers/promises'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal } from '../observability/sensitive.ts'
import { inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { findBatch } from './batch-store.ts'
import { changeCopy, takeCopy } from './change.ts'
import type { CopyView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { prepareCopyJob } from './prepare-job.ts'
import { getCopyView } from './read.ts'
import { listPagesOfCopy } from './review-store.ts'
import { findNumberProblems, isIncomplete } from './split.ts'
import { assertTransition } from './status.ts'
import { type CopyRow, findCopy } from './store.ts'

type Deps = Pick<CopiesDeps, 'db' | 'appendEvent' | 'enqueue'>

const PATIENCE_MS = 10_000
const LOOK_EVERY_MS = 100

/**
 * STAGING → READY: the copy is complete and may be marked. Event: `VALIDATE`.
 * Throws `illegal-transition`, or `copy-not-complete` while the import runs, has failed, its batch has unresolved pages, a
 * numbered page is missing, twice there or one too many, or its PDF is not made yet.
 */
export async function validateCopy(deps: Deps, copyId: Id): Promise<CopyView> {
  await untilPrepared(deps, copyId)
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    const status = assertTransition(copy.status, 'validate')
    const originalSha256 = await assertComplete(tx, copy)
    const metadata = { pages: copy.pages, original_sha256: conceal(originalSha256) }
    await changeCopy(deps, tx, copy, { status, originalSha256 }, [{ action: 'VALIDATE', metadata }])
  })
  log.grading.info('copy.validated', { 'copy.id': copyId })
  return getCopyView(deps, copyId)
}

/**
 * The PDF of a copy is made soon after its pages were changed: whoever validates at once waits for it. When it does not
 * come, its job may have failed for good, and another is asked for.
 */
async function untilPrepared({ db, enqueue }: Deps, copyId: Id): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  let pagesVersion = 0
  while (performance.now() < until) {
    const copy = await findCopy(db, copyId)
    const isWaiting = copy?.status === 'STAGING' && copy.pages > 0 && copy.erasedAt === null
    if (!isWaiting || copy.preparedVersion === copy.pagesVersion) return
    pagesVersion = copy.pagesVersion
    await sleep(LOOK_EVERY_MS)
  }
  await inTransaction(db, (tx) => enqueue(tx, prepareCopyJob, { copyId, pagesVersion }))
}

/** The PDF of a copy that lacks nothing. Throws `copy-not-complete` with all that it lacks. */
async function assertComplete(tx: Tx, copy: CopyRow): Promise<string> {
  const batch = await findBatch(tx, copy.batchId)
  const numbers = (await listPagesOfCopy(tx, copy.id)).map(({ sheetNumber }) => sheetNumber)
  const problems = findNumberProblems(numbers, batch?.pagesExpected ?? null)
  const unresolvedPages = batch?.unresolvedPages ?? 0
  const isPrepared = copy.preparedVersion === copy.pagesVersion
  const isComplete =
    batch?.status === 'IMPORTED' && copy.pages > 0 && unresolvedPages === 0 && !isIncomplete(problems)
  if (isComplete && isPrepared && copy.preparedSha256 !== null) return copy.preparedSha256
  throw new AppError('copy-not-complete', {
    title: 'This copy is not complete yet.',
    problem: {
      batchStatus: batch?.status,
      unresolvedPages,
      missingNumbers: problems.missing,
      duplicateNumbers: problems.duplicate,
      extraNumbers: problems.extra,
      isPrepared,
      currentStatus: copy.status,
    },
  })
}

/** READY → STAGING: something is wrong with the scan. Event: `SEND_BACK`. Throws `illegal-transition`. */
export async function sendBackCopy(
  deps: Deps,
  command: { copyId: Id; reason: string; note?: string | undefined },
): Promise<CopyView> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    const status = assertTransition(copy.status, 'send-back')
    const metadata = { reason_code: command.reason, note: conceal(command.note) }
    await changeCopy(deps, tx, copy, { status }, [{ action: 'SEND_BACK', metadata }])
  })
  log.grading.info('copy.sent-back', { 'copy.id': command.copyId })
  return getCopyView(deps, command.copyId)
}
