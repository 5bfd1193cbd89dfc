import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { type Arrangement, type Operation, refuse } from './arrangement.ts'
import { takeCopy } from './change.ts'
import {
  findScopeOfPage,
  holdBatches,
  listBatchesOfCopies,
  type TakenBatch,
  type TakenPage,
  takePages,
} from './review-store.ts'
import { type CopyRow, findCopy } from './store.ts'

/** What an operation is about, taken for its transaction. */
export type Scene = {
  readonly examId: Id
  readonly pages: ReadonlyMap<Id, TakenPage>
  readonly arrangement: Arrangement
  readonly copies: ReadonlyMap<Id, CopyRow>
  readonly batches: ReadonlyMap<Id, TakenBatch>
}

/** The exam that an operation is in. Throws `not-found`. */
export async function findExamOf(db: Database, operation: Operation): Promise<Id> {
  const [pageId] = pageIdsOf(operation)
  const scope =
    'copyId' in operation
      ? await findCopy(db, operation.copyId)
      : pageId && (await findScopeOfPage(db, pageId))
  if (!scope) throw new AppError('not-found', { title: 'There is no such page or copy.' })
  return scope.examId
}

function pageIdsOf(operation: Operation): readonly Id[] {
  if (operation.kind === 'replace') return [operation.pageId, operation.byPageId]
  if ('pageId' in operation) return [operation.pageId]
  return 'pageIds' in operation ? operation.pageIds : []
}

function copyIdsOf(operation: Operation): readonly Id[] {
  if (operation.kind === 'merge') return [operation.copyId, operation.fromCopyId]
  return 'copyId' in operation ? [operation.copyId] : []
}

/** Takes what an operation is about. Throws as `takeSceneOf`. */
export function takeScene(tx: Tx, examId: Id, operation: Operation): Promise<Scene> {
  return takeSceneOf(tx, examId, { pageIds: pageIdsOf(operation), copyIds: copyIdsOf(operation) })
}

/**
 * Takes batches, then copies, then pages: the order in which imports and erasures take them. What is of another exam is
 * not there. Without a copy no PDF is to be made, so that pages of an erased scan can still be discarded.
 * Throws `illegal-transition`, `copy-erased`, `copy-not-complete`, `review-not-possible`.
 */
export async function takeSceneOf(
  tx: Tx,
  examId: Id,
  wanted: { readonly pageIds: readonly Id[]; readonly copyIds: readonly Id[] },
): Promise<Scene> {
  const scopes = await Promise.all(wanted.pageIds.map((pageId) => findScopeOfPage(tx, pageId)))
  const own = scopes.flatMap((scope) => (scope?.examId === examId ? [scope] : []))
  const named = (await Promise.all(wanted.copyIds.map((copyId) => findCopy(tx, copyId)))).flatMap((copy) =>
    copy?.examId === examId ? [copy] : [],
  )
  const copyIds = [...new Set([...named.map(({ id }) => id), ...own.flatMap(({ copyId }) => copyId ?? [])])]
  const batchIds = [
    ...new Set([...own.map(({ batchId }) => batchId), ...(await listBatchesOfCopies(tx, copyIds))]),
  ]
  const batches = await holdBatches(tx, batchIds.sort())
  const copies = new Map<Id, CopyRow>()
  for (const copyId of copyIds.sort()) copies.set(copyId, assertInReview(await takeCopy(tx, copyId)))
  for (const batch of batches) assertReviewable(batch, copyIds.length > 0)
  const pages = await takePages(tx, examId, { pageIds: wanted.pageIds, copyIds })
  // An import has ended meanwhile, and has filed them.
  if (pages.some(({ copyId }) => copyId !== null && !copies.has(copyId))) refuse('changed-since')
  return {
    examId,
    pages: new Map(pages.map((page) => [page.id, page])),
    arrangement: new Map(pages.map(({ batchId, version, hasImage, ...place }) => [place.id, place])),
    copies,
    batches: new Map(batches.map((batch) => [batch.id, batch])),
  }
}

function assertInReview(copy: CopyRow): CopyRow {
  if (copy.status === 'STAGING') return copy
  throw new AppError('illegal-transition', {
    title: 'Pages can be changed until their copy is declared complete.',
    logContext: { 'copy.status': copy.status },
    problem: { currentStatus: copy.status },
  })
}

function assertReviewable({ status, hasScan }: TakenBatch, needsScan: boolean): void {
  if (needsScan && !hasScan) {
    throw new AppError('copy-erased', { title: 'The scan of these pages was erased.' })
  }
  if (status === 'IMPORTED') return
  throw new AppError('copy-not-complete', {
    title: 'The import of this scan has not ended.',
    problem: { batchStatus: status },
  })
}

/** A marker must see every page of a copy. Throws `review-not-possible` when one comes into a copy without its image. */
export function assertVisible({ pages, arrangement }: Scene, after: Arrangement): void {
  for (const { id, copyId } of after.values()) {
    const isNew = copyId !== null && arrangement.get(id)?.copyId !== copyId
    if (isNew && pages.get(id)?.hasImage === false) refuse('page-without-image')
  }
}

/** The version of the page or copy that an operation is done to, and of the other one that it takes pages from. */
export type Seen = { readonly version: number; readonly otherVersion?: number | undefined }

/**
 * Nobody changes what somebody else has changed since they looked, neither what it is done to nor what it takes from.
 * Throws `version-conflict`.
 */
export function assertVersions({ pages, copies }: Scene, operation: Operation, seen: Seen): void {
  const assertPage = (pageId: Id, version: number | undefined) =>
    assertVersion(pages.get(pageId)?.version, version, { pageId })
  const assertCopy = (copyId: Id, version: number | undefined) =>
    assertVersion(copies.get(copyId)?.pagesVersion, version, { copyId })
  if (operation.kind === 'make-copy') return
  const isOfCopy = operation.kind === 'reorder' || operation.kind === 'split' || operation.kind === 'merge'
  if (isOfCopy) assertCopy(operation.copyId, seen.version)
  else assertPage(operation.pageId, seen.version)
  if (operation.kind === 'merge') assertCopy(operation.fromCopyId, seen.otherVersion)
  if (operation.kind === 'replace') assertPage(operation.byPageId, seen.otherVersion)
}

/** `If-Match` has no place for the version of the other page or copy. Throws `version-required`. */
export function assertSaysVersions({ kind }: Operation, { otherVersion }: Seen): void {
  if ((kind !== 'merge' && kind !== 'replace') || otherVersion !== undefined) return
  throw new AppError('version-required', {
    title: 'Say which version you have seen of what you take pages from.',
  })
}

function assertVersion(current: number | undefined, seen: number | undefined, subject: object): void {
  // What is not there is refused by what looks for it.
  if (current === undefined || current === seen) return
  throw new AppError('version-conflict', {
    title: 'Somebody changed these pages meanwhile.',
    problem: { currentVersion: current, ...subject },
  })
}
