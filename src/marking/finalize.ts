import { type CopyEvent, changeCopy, takeCopy, takeCopyRow } from '../copies/change.ts'
import { getCopy, getCopyRow } from '../copies/read.ts'
import { assertTransition } from '../copies/status.ts'
import type { CopyRow } from '../copies/store.ts'
import { getExamRow } from '../exams/exams.ts'
import { toPoints } from '../exams/points.ts'
import { orderRubric } from '../exams/rubric.ts'
import { listRubricItems } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal, reveal, type Sensitive } from '../observability/sensitive.ts'
import { afterCommit, type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError, errorCodeOf, isInterruption } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Session } from '../platform/http-route.ts'
import { workerLost } from '../queue/job.ts'
import type { JobRun } from '../queue/run.ts'
import { listDeadJobs } from '../queue/store.ts'
import { listAnnotations } from './annotation-store.ts'
import type { FinalizationView } from './contract.ts'
import type { FinalizeDeps, MarkingDeps } from './deps.ts'
import { finalizeCopyJob } from './finalize-job.ts'
import { assertHoldsLock } from './lock.ts'
import { deleteLock } from './lock-store.ts'
import { describeMarks, describeSheet } from './marked-copy.ts'
import { observeFinalize } from './metrics.ts'
import { listRemarks } from './remark-store.ts'
import type { RenderedPdf } from './render.ts'
import {
  beginAttempt,
  endAttempt,
  findResult,
  findUnendedAttempt,
  insertResult,
  listLongGrading,
} from './result-store.ts'
import { listScores } from './score-store.ts'
import { type Scores, sumScores } from './sum-scores.ts'

/**
 * The one walk, in the order of time:
 * LOCKED → (requestFinalization) → GRADING_IN_PROGRESS → (performFinalization) → GRADED or GRADING_FAILED.
 * The PDF is drawn outside any transaction. Both ends compare and set on (state, version, job, attempt), so that a
 * stalled worker that comes back after its rerun changes nothing.
 */

/**
 * The holder asks for the marked PDF: the lease ends and the job starts, in one transaction. Asking again while it
 * runs or once it is done changes nothing and answers with the present state.
 * Throws as `assertHoldsLock`, and `marks-incomplete` with the missing items. Event: `FINALIZE_REQUEST`.
 */
export async function requestFinalization(
  deps: MarkingDeps,
  session: Session,
  command: { copyId: Id; lockToken: Sensitive<string> | undefined },
): Promise<FinalizationView> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    if (copy.status === 'GRADING_IN_PROGRESS' || copy.status === 'GRADED') return
    await assertHoldsLock(deps, tx, copy, session, command.lockToken)
    const status = assertTransition(copy.status, 'finalize')
    await assertMarksComplete(tx, copy)
    await deleteLock(tx, copy.id)
    await startJob(deps, tx, copy, status, 'first')
    faultPoint('finalize.requesting')
  })
  faultPoint('finalize.requested')
  log.grading.info('finalize.requested', { 'copy.id': command.copyId })
  return getFinalization(deps, command.copyId)
}

type StartDeps = Pick<MarkingDeps, 'db' | 'appendEvent' | 'enqueue'>

/**
 * GRADING_FAILED → GRADING_IN_PROGRESS by hand, from attempt 1. Throws `illegal-transition`. Event: `FINALIZE_REQUEST`;
 * before it, in the same transaction, those of `before`.
 */
export async function retryFinalization(
  deps: StartDeps,
  copyId: Id,
  before: readonly CopyEvent[] = [],
): Promise<FinalizationView> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    await startJob(deps, tx, copy, assertTransition(copy.status, 'retry'), 'retry', before)
  })
  log.grading.info('finalize.requested', { 'copy.id': copyId })
  return getFinalization(deps, copyId)
}

async function startJob(
  deps: StartDeps,
  tx: Tx,
  copy: CopyRow,
  status: CopyRow['status'],
  cause: 'first' | 'retry',
  before: readonly CopyEvent[] = [],
): Promise<void> {
  const finalizeJobId = await deps.enqueue(tx, finalizeCopyJob, { copyId: copy.id, version: copy.version })
  await changeCopy(deps, tx, copy, { status, finalizeJobId, finalizeAttempt: null }, [
    ...before,
    { action: 'FINALIZE_REQUEST', metadata: { cause, version: copy.version } },
  ])
}

async function assertMarksComplete(tx: Tx, copy: CopyRow): Promise<void> {
  const exam = await getExamRow(tx, copy.examId)
  const items = await listRubricItems(tx, copy.examId)
  if (items.length === 0) throw new AppError('no-rubric', { title: 'This exam has no rubric yet.' })
  const { missing } = sumScores(items, await readScores(tx, copy))
  if (exam.requireAllScores && missing.length > 0) {
    throw new AppError('marks-incomplete', {
      title: 'Some questions have no score yet.',
      problem: { missingItems: missing },
    })
  }
}

async function readScores(db: Database, copy: CopyRow): Promise<Scores> {
  const rows = await listScores(db, copy.id, copy.version)
  return new Map(rows.map((row) => [row.itemId, row.pointsHundredths]))
}

/**
 * One attempt of the job: read → compute the score → draw → store → record. Safe to run again after a crash at any line.
 * Throws what the drawing threw, once the failure is recorded.
 */
export async function performFinalization(
  deps: FinalizeDeps,
  payload: { copyId: Id; version: number },
  job: JobRun,
): Promise<void> {
  const run = { ...payload, jobId: job.id, attempt: job.attempt }
  if (!(await openAttempt(deps, run))) {
    log.grading.info('finalize.superseded', { 'copy.id': payload.copyId })
    return
  }
  faultPoint('finalize.begun')
  const startedAt = performance.now()
  let finalScoreHundredths: Sensitive<number> | undefined
  try {
    const copy = await getCopy(deps.db, payload.copyId)
    const exam = await getExamRow(deps.db, copy.examId)
    const items = orderRubric(await listRubricItems(deps.db, copy.examId))
    const scores = await readScores(deps.db, copy)
    const remarks = await listRemarks(deps.db, copy.id, copy.version)
    const score = sumScores(items, scores)
    finalScoreHundredths = score.totalHundredths
    if (!copy.originalSha256)
      throw new AppError('blob-missing', { title: 'The scan of this copy is missing.' })
    const rendered = await deps.renderMarkedPdf({
      originalSha256: copy.originalSha256,
      annotations: describeMarks(await listAnnotations(deps.db, copy.id, copy.version)),
      sheet: describeSheet({
        title: exam.title,
        anonymousId: copy.anonymousId,
        items,
        scores,
        score,
        remarks,
      }),
      documentId: `${copy.id}:${copy.version}`,
    })
    faultPoint('finalize.rendered')
    await recordSuccess(deps, run, { finalScoreHundredths, rendered, startedAt })
  } catch (error) {
    if (isInterruption(error)) throw error
    await recordFailure(deps, run, {
      error,
      isLast: job.isLastAttempt || isFinal(error),
      finalScoreHundredths,
      startedAt,
    })
    throw error
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof AppError && !error.retryable
}

/** The finalization that no worker ended: all its attempts were lost, or it failed and that is recorded already. */
export async function recordLostFinalization(
  deps: FinalizeDeps,
  payload: { copyId: Id; version: number },
  job: { id: Id },
): Promise<void> {
  const copy = await getCopyRow(deps.db, payload.copyId)
  const run = { ...payload, jobId: job.id, attempt: copy.finalizeAttempt ?? finalizeCopyJob.attempts }
  const unended = await findUnendedAttempt(deps.db, run)
  const error = workerLost()
  await recordFailure(deps, run, {
    error,
    isLast: true,
    finalScoreHundredths: undefined,
    startedAt: performance.now() - (unended?.seconds ?? 0) * 1_000,
  })
}

/** A job lives at most this long without a trace in its queue before its copy is looked at. */
const LOOK_AFTER_SECONDS = 60

/** Ends the finalizations whose job is gone without a word, so that no copy hangs for ever; run by the sweeper. */
export async function sweepLostFinalizations(deps: FinalizeDeps): Promise<void> {
  const candidates = await listLongGrading(deps.db, LOOK_AFTER_SECONDS)
  const jobIds = candidates.map(({ jobId }) => jobId)
  const dead = new Set(jobIds.length > 0 ? await listDeadJobs(deps.db, jobIds) : [])
  for (const { jobId, ...payload } of candidates) {
    if (dead.has(jobId)) await recordLostFinalization(deps, payload, { id: jobId })
  }
}

/**
 * Takes the copy for an attempt. An earlier attempt of the job that nobody ended died with its worker: it gets its own
 * failed `FINALIZE`, so that each attempt is visible. Both in one transaction: should that worker only have stalled, it
 * cannot end its attempt a second time in between. False when the copy has moved on.
 */
async function openAttempt(deps: FinalizeDeps, run: Run): Promise<boolean> {
  return inTransaction(deps.db, async (tx) => {
    await takeCopyRow(tx, run.copyId)
    const unended = await findUnendedAttempt(tx, run)
    if (unended && unended.attempt < run.attempt) {
      const lost = { ...run, attempt: unended.attempt }
      const startedAt = performance.now() - unended.seconds * 1_000
      const outcome = { error: workerLost(), isLast: false, finalScoreHundredths: undefined, startedAt }
      await failAttempt(deps, tx, lost, outcome)
    }
    return beginAttempt(tx, run)
  })
}

type Run = {
  readonly copyId: Id
  readonly version: number
  readonly jobId: Id
  readonly attempt: number
}

/** The copy, taken, if it still waits for this very run; undefined when it has moved on. */
async function takeAwaiting(tx: Tx, run: Run): Promise<CopyRow | undefined> {
  const copy = await takeCopyRow(tx, run.copyId)
  const isAwaiting =
    copy.status === 'GRADING_IN_PROGRESS' &&
    copy.version === run.version &&
    copy.finalizeJobId === run.jobId &&
    (copy.finalizeAttempt ?? run.attempt) === run.attempt
  return isAwaiting ? copy : undefined
}

async function recordSuccess(
  deps: FinalizeDeps,
  run: Run,
  outcome: { finalScoreHundredths: Sensitive<number>; rendered: RenderedPdf; startedAt: number },
): Promise<void> {
  const { finalScoreHundredths, rendered } = outcome
  const isRecorded = await inTransaction(deps.db, async (tx) => {
    const copy = await takeAwaiting(tx, run)
    if (!copy) return false
    await insertResult(tx, {
      copyId: copy.id,
      copyVersion: copy.version,
      finalScoreHundredths,
      markedSha256: rendered.sha256,
      markedPages: rendered.pages,
      markedSheetPages: rendered.sheetPages,
    })
    await endAttempt(tx, copy.id)
    const status = assertTransition(copy.status, 'succeed')
    const metadata = {
      success: true,
      retries: run.attempt - 1,
      version: copy.version,
      final_score: finalScoreHundredths,
      marked_sha256: conceal(rendered.sha256),
    }
    await changeCopy(deps, tx, copy, { status, finalizeJobId: null, finalizeAttempt: null }, [
      { action: 'FINALIZE', metadata },
    ])
    faultPoint('finalize.recording')
    return true
  })
  faultPoint('finalize.recorded')
  if (!isRecorded) {
    log.grading.info('finalize.superseded', { 'copy.id': run.copyId })
    return
  }
  observeFinalize({ success: true, attempt: run.attempt, seconds: secondsSince(outcome.startedAt) })
  log.grading.info('finalize.completed', { 'copy.id': run.copyId, pages: rendered.pages })
}

type Failure = {
  readonly error: unknown
  readonly isLast: boolean
  readonly finalScoreHundredths: Sensitive<number> | undefined
  readonly startedAt: number
}

/** Records a failed attempt in a transaction of its own; the last one moves the copy to GRADING_FAILED. */
function recordFailure(deps: FinalizeDeps, run: Run, outcome: Failure): Promise<void> {
  return inTransaction(deps.db, (tx) => failAttempt(deps, tx, run, outcome))
}

async function failAttempt(deps: FinalizeDeps, tx: Tx, run: Run, outcome: Failure): Promise<void> {
  const copy = await takeAwaiting(tx, run)
  if (!copy) return
  const changes = outcome.isLast
    ? { status: assertTransition(copy.status, 'fail'), finalizeJobId: null, finalizeAttempt: null }
    : {}
  await endAttempt(tx, copy.id)
  const errorCode = errorCodeOf(outcome.error)
  const metadata = {
    success: false,
    retries: run.attempt - 1,
    version: copy.version,
    error_code: errorCode,
    final_score: outcome.finalScoreHundredths,
  }
  await changeCopy(deps, tx, copy, changes, [{ action: 'FINALIZE', metadata }])
  const level = outcome.isLast ? 'error' : 'warning'
  afterCommit(tx, () => {
    observeFinalize({ success: false, attempt: run.attempt, seconds: secondsSince(outcome.startedAt) })
    log.grading[level]('finalize.failed', { 'copy.id': run.copyId, 'error.code': errorCode }, outcome.error)
  })
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000
}

/** Where the finalization of a copy stands, with its result once it is graded. Throws `not-found`, `copy-erased`. */
export async function getFinalization(
  deps: { readonly db: Database },
  copyId: Id,
): Promise<FinalizationView> {
  const copy = await getCopy(deps.db, copyId)
  const result = await findResult(deps.db, copyId, copy.version)
  return {
    copyId,
    status: copy.status,
    version: copy.version,
    attempt: copy.finalizeAttempt,
    result: result
      ? {
          finalScore: toPoints(reveal(result.finalScoreHundredths, 'show-to-entitled-user')),
          pages: result.markedPages,
          sheetPages: result.markedSheetPages,
          gradedAt: result.gradedAt.toISOString(),
        }
      : null,
  }
}
