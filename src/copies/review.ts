import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal } from '../observability/sensitive.ts'
import { inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { newAnonymousId, newRef } from '../platform/ids.ts'
import {
  type Arrangement,
  changesBetween,
  movesBetween,
  type Operation,
  type PagePlace,
  putBack,
  rearrange,
} from './arrangement.ts'
import { takeBatch } from './batch-store.ts'
import { type CopyEvent, changeCopy, takeCopy } from './change.ts'
import type { OperationView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { prepareCopyJob } from './prepare-job.ts'
import { toCopyView } from './read.ts'
import { toPageView } from './read-review.ts'
import { eventOf, type ReviewEvent } from './review-event.ts'
import {
  assertSaysVersions,
  assertVersions,
  assertVisible,
  findExamOf,
  type Scene,
  type Seen,
  takeScene,
  takeSceneOf,
} from './review-scene.ts'
import { findOperation, insertOperation, listPages, takeReview, writePlaces } from './review-store.ts'
import { findCopy, insertCopy, nextBatchPosition } from './store.ts'

type Deps = Pick<CopiesDeps, 'db' | 'appendEvent' | 'enqueue' | 'followPages'>

/** What somebody wants to do, and the versions that they have seen. */
export type ReviewCommand = Seen & {
  readonly operation: Operation
  readonly note?: string | undefined
}

/**
 * Puts the pages of copies right, in one transaction: their places, the row by which it can be undone, an event on the
 * stream of each copy whose pages changed (or of the batch, when none did), and a job that makes the PDF of each anew.
 * What is marked on a page goes with it.
 * Throws `not-found`, `illegal-transition` for a copy that is not in STAGING, `copy-not-complete` before the import has
 * ended, `version-conflict`, `review-not-possible`, `copy-erased`.
 */
export async function reviewPages(
  deps: Deps,
  session: Session,
  command: ReviewCommand,
): Promise<OperationView> {
  const { operation } = command
  assertSaysVersions(operation, command)
  const examId = await findExamOf(deps.db, operation)
  const changed = await inTransaction(deps.db, async (tx) => {
    await takeReview(tx, examId)
    const scene = await takeScene(tx, examId, operation)
    assertVersions(scene, operation, command)
    const after = rearrange(scene.arrangement, operation)
    assertVisible(scene, after)
    return record(deps, tx, session, scene, {
      kind: operation.kind,
      after,
      event: eventOf(operation, command.note),
    })
  })
  log.grading.info('pages.reviewed', { 'exam.id': examId, pages: changed.pageIds.length })
  return viewChange(deps, changed)
}

/**
 * Puts pages back where they were before an operation, as long as nothing else has happened to them.
 * Throws as `reviewPages`; `review-not-possible` when a page has changed since, or it was undone already.
 */
export async function undoReview(deps: Deps, session: Session, operationId: Id): Promise<OperationView> {
  const known = await findOperation(deps.db, operationId)
  if (!known) throw new AppError('not-found', { title: 'There is no such operation.' })
  const changed = await inTransaction(deps.db, async (tx) => {
    await takeReview(tx, known.examId)
    const undone = await findOperation(tx, operationId)
    if (!undone || undone.isUndone) {
      throw new AppError('review-not-possible', {
        title: 'This was undone already.',
        problem: { reason: 'changed-since' },
      })
    }
    const pages = [...undone.before, ...undone.after]
    const scene = await takeSceneOf(tx, known.examId, {
      pageIds: pages.map(({ id }) => id),
      copyIds: pages.flatMap(({ copyId }) => copyId ?? []),
    })
    const after = putBack(scene.arrangement, undone)
    const event = { action: 'UNDO_REVIEW', metadata: { undone_ref: operationId } } as const
    return record(deps, tx, session, scene, { kind: 'undo', after, event, undoes: operationId })
  })
  log.grading.info('pages.reviewed', { 'exam.id': known.examId, pages: changed.pageIds.length })
  return viewChange(deps, changed)
}

type Change = {
  readonly kind: Operation['kind'] | 'undo'
  readonly after: Arrangement
  readonly event: ReviewEvent
  readonly undoes?: Id
}

type Changed = { readonly operationId: Id; readonly pageIds: readonly Id[]; readonly copyIds: readonly Id[] }

async function record(deps: Deps, tx: Tx, session: Session, scene: Scene, change: Change): Promise<Changed> {
  const { before, after } = changesBetween(scene.arrangement, change.after)
  const operationId = newRef()
  const copyIds = touchedCopies(before, after)
  await makeNewCopies(tx, scene, copyIds, after)
  await writePlaces(tx, after)
  await deps.followPages(tx, movesBetween(before, after))
  await insertOperation(tx, {
    ...{ id: operationId, examId: scene.examId, kind: change.kind, madeBy: session.accountId },
    ...{ before, after, undoes: change.undoes ?? null },
  })
  for (const copyId of copyIds) await recordOnCopy(deps, tx, copyId, operationId, change)
  if (copyIds.length === 0) await recordOnBatch(deps, tx, scene, after, operationId, change)
  return { operationId, pageIds: after.map(({ id }) => id), copyIds }
}

function touchedCopies(before: readonly PagePlace[], after: readonly PagePlace[]): readonly Id[] {
  const ids = [...before, ...after].flatMap(({ copyId }) => copyId ?? [])
  return [...new Set(ids)].sort()
}

/** A copy that an operation makes is one of the scan that its first page is from. */
async function makeNewCopies(
  tx: Tx,
  { copies, pages, examId }: Scene,
  copyIds: readonly Id[],
  after: readonly PagePlace[],
): Promise<void> {
  for (const id of copyIds.filter((copyId) => !copies.has(copyId))) {
    const first = after.find((page) => page.copyId === id && page.index === 0)
    const batchId = first && pages.get(first.id)?.batchId
    if (batchId === undefined) throw new Error('a new copy without pages')
    const batchPosition = await nextBatchPosition(tx, batchId)
    await insertCopy(tx, { id, examId, batchId, batchPosition, anonymousId: newAnonymousId() })
  }
}

async function recordOnCopy(
  deps: Deps,
  tx: Tx,
  copyId: Id,
  operationId: Id,
  { event }: Change,
): Promise<void> {
  // Its row with the pages as they are now.
  const copy = await takeCopy(tx, copyId)
  const pagesVersion = copy.pagesVersion + 1
  // A PDF of the pages as they were may show one that is another person's now.
  const withoutPdf = { originalSha256: null, preparedSha256: null, preparedVersion: null }
  const metadata = { ...event.metadata, operation_ref: operationId, pages: copy.pages, ...noteOf(event) }
  const own = { action: event.action, metadata } as CopyEvent
  await changeCopy(deps, tx, copy, { pagesVersion, ...withoutPdf }, [own])
  if (copy.pages > 0) await deps.enqueue(tx, prepareCopyJob, { copyId, pagesVersion })
}

/** Pages that are in no copy before and after: the event is the batch's. */
async function recordOnBatch(
  deps: Deps,
  tx: Tx,
  { pages }: Scene,
  after: readonly PagePlace[],
  operationId: Id,
  { event }: Change,
): Promise<void> {
  const batchId = after[0] && pages.get(after[0].id)?.batchId
  if (batchId === undefined) return
  const taken = await takeBatch(tx, batchId)
  if (!taken) throw new Error('a page without its batch')
  const { batch, seq } = taken
  const metadata = {
    ...event.metadata,
    operation_ref: operationId,
    pages: batch.unresolvedPages,
    ...noteOf(event),
  }
  await deps.appendEvent(tx, {
    action: event.action,
    metadata,
    stream: { kind: 'batch', ref: batch.streamRef, seq },
    examRef: batch.examRef,
  } as Parameters<CopiesDeps['appendEvent']>[1])
}

function noteOf({ note }: ReviewEvent) {
  return note === undefined ? {} : { note: conceal(note) }
}

async function viewChange({ db }: Deps, { operationId, pageIds, copyIds }: Changed): Promise<OperationView> {
  const copies = await Promise.all(copyIds.map((copyId) => findCopy(db, copyId)))
  return {
    operationId,
    pages: (await listPages(db, pageIds)).map(toPageView),
    copies: copies.flatMap((copy) => (copy ? [toCopyView(copy)] : [])),
  }
}
