import { readStream } from '../audit/read.ts'
import type { Id } from '../observability/id.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { FileResponse, Session } from '../platform/http-route.ts'
import { type Keys, unseal } from '../platform/keys.ts'
import { type BatchRow, findBatch, listBatches } from './batch-store.ts'
import { assertNotErased, copyNotFound } from './change.ts'
import type { BatchView, CopyStatus, CopyView, ExamProgress, PageSizesView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { findPageImage, listPageSizes } from './page-store.ts'
import {
  type CopyFilter,
  type CopyRow,
  countCopiesByExam,
  countUnresolvedByExam,
  findCopy,
  listCopies,
} from './store.ts'

/** What the sealed name of a scan is bound to. */
export function fileNamePurpose(batchId: Id): string {
  return `batch:${batchId}:file-name`
}

/** The name under which a scan was uploaded; undefined once it was erased. */
export function openFileName(
  keys: Keys,
  { id, fileNameSealed }: Pick<BatchRow, 'id' | 'fileNameSealed'>,
): Sensitive<string> | undefined {
  return fileNameSealed === null ? undefined : unseal<string>(keys, fileNamePurpose(id), fileNameSealed)
}

type Reader = Pick<CopiesDeps, 'db' | 'keys'>

/** A batch with its progress and its copies, for administrators. Throws `not-found`. */
export async function getBatchView(deps: Reader, batchId: Id): Promise<BatchView> {
  const batch = await findBatch(deps.db, batchId)
  if (!batch) throw new AppError('not-found', { title: 'There is no such batch.' })
  return toBatchView(deps.keys, batch)
}

export async function listBatchViews(deps: Reader, examId: Id): Promise<BatchView[]> {
  return (await listBatches(deps.db, examId)).map((batch) => toBatchView(deps.keys, batch))
}

function toBatchView(keys: Keys, batch: BatchRow): BatchView {
  const fileName = openFileName(keys, batch)
  return {
    id: batch.id,
    examId: batch.examId,
    status: batch.status,
    fileName: fileName ? reveal(fileName, 'show-to-entitled-user') : null,
    sizeBytes: batch.sizeBytes,
    split: batch.split,
    pagesPerCopy: batch.pagesPerCopy,
    repaired: batch.repaired,
    pageCount: batch.pageCount,
    pagesDone: batch.pagesDone,
    filedPages: batch.filedPages,
    discardedPages: batch.discardedPages,
    unresolvedPages: batch.unresolvedPages,
    errorCode: batch.errorCode,
    createdAt: batch.createdAt.toISOString(),
    copies: [...batch.copies],
  }
}

/** How far each exam is that has scans. */
export async function listExamProgress({ db }: Pick<CopiesDeps, 'db'>): Promise<ExamProgress[]> {
  const copies = Map.groupBy(await countCopiesByExam(db), ({ examId }) => examId)
  return (await countUnresolvedByExam(db)).map(({ examId, pages }) => {
    const rows = copies.get(examId) ?? []
    const count = (status: CopyStatus) => rows.find((row) => row.status === status)?.copies ?? 0
    return {
      examId,
      copies: rows.reduce((sum, row) => sum + row.copies, 0),
      staging: count('STAGING'),
      graded: count('GRADED'),
      failed: count('GRADING_FAILED'),
      unresolvedPages: pages,
    }
  })
}

/** The copy's row, to read what the copy holds. Throws `not-found`, `copy-erased`. */
export async function getCopy(db: Database, copyId: Id): Promise<CopyRow> {
  return assertNotErased(await getCopyRow(db, copyId))
}

/** The same, also of an erased copy, whose state and events are there for ever. Throws `not-found`. */
export async function getCopyRow(db: Database, copyId: Id): Promise<CopyRow> {
  const copy = await findCopy(db, copyId)
  if (!copy) throw copyNotFound()
  return copy
}

export async function getCopyView(deps: Pick<CopiesDeps, 'db'>, copyId: Id): Promise<CopyView> {
  return toCopyView(await getCopyRow(deps.db, copyId))
}

/** Copies a session may see: a marker's own, every copy for the others. */
export async function listCopyViews(
  deps: Pick<CopiesDeps, 'db'>,
  session: Session,
  filter: Omit<CopyFilter, 'markerId'>,
): Promise<CopyView[]> {
  const markerId = session.role === 'marker' ? session.accountId : undefined
  return (await listCopies(deps.db, { ...filter, markerId })).map(toCopyView)
}

export function toCopyView(copy: CopyRow): CopyView {
  return {
    id: copy.id,
    examId: copy.examId,
    batchId: copy.batchId,
    anonymousId: copy.anonymousId,
    status: copy.status,
    version: copy.version,
    pages: copy.pages,
    pagesVersion: copy.pagesVersion,
    isPrepared: copy.preparedVersion === copy.pagesVersion,
    assignedMarkerId: copy.assignedMarkerId,
    statusChangedAt: copy.statusChangedAt.toISOString(),
    erasedAt: copy.erasedAt?.toISOString() ?? null,
  }
}

/** The pages of a copy and the sizes of their images. Throws `not-found`, `copy-erased`. */
export async function readPageSizes(deps: Pick<CopiesDeps, 'db'>, copyId: Id): Promise<PageSizesView> {
  const { pagesVersion } = await getCopy(deps.db, copyId)
  return { pagesVersion, pages: [...(await listPageSizes(deps.db, copyId))] }
}

/**
 * The image of a page, by its number from 1; the cache may keep it when the query names the pages as they are.
 * Throws `not-found`, `copy-erased`.
 */
export async function readPageImage(
  deps: Pick<CopiesDeps, 'db' | 'blobs'>,
  query: {
    copyId: Id
    pageNumber: number
    size: 'thumbnail' | 'screen' | 'full'
    pagesVersion?: number | undefined
  },
): Promise<FileResponse> {
  const image = await findPageImage(deps.db, query.copyId, query.pageNumber - 1, query.size)
  if (!image) throw copyNotFound()
  const { sha256, mediaType } = assertNotErased(image)
  if (sha256 === null) throw new AppError('not-found', { title: 'This copy has no such page.' })
  const immutable = query.pagesVersion === image.pagesVersion
  return { ...(await deps.blobs.read(sha256)), mediaType, immutable }
}

/**
 * The PDF of the copy's pages, as an attachment: the one that was declared complete, before that the one that is made of
 * its pages as they are. Throws `copy-erased`, `not-found` while there is none.
 */
export async function readOriginal(
  deps: Pick<CopiesDeps, 'db' | 'blobs'>,
  copyId: Id,
): Promise<FileResponse> {
  const copy = await getCopy(deps.db, copyId)
  const sha256 = copy.status === 'STAGING' ? copy.preparedSha256 : copy.originalSha256
  if (!sha256) throw new AppError('not-found', { title: 'The PDF of this copy is not made yet.' })
  const file = await deps.blobs.read(sha256)
  return { ...file, mediaType: 'application/pdf', attachmentName: `${copy.anonymousId}-original.pdf` }
}

/**
 * The events of a copy, erased or not; sealed members are opened for administrators and auditors.
 * Event: `READ`, on the stream of the reader's account.
 */
export async function readTimeline(
  deps: Reader & Pick<CopiesDeps, 'recordRead'>,
  session: Session,
  query: { copyId: Id; after: number },
) {
  const copy = await getCopyRow(deps.db, query.copyId)
  const mayUnseal = session.role === 'admin' || session.role === 'auditor'
  const page = await readStream(deps, { streamRef: copy.streamRef, afterSeq: query.after, mayUnseal })
  await deps.recordRead(session, { what: 'timeline', events: page.events.length })
  return page
}
