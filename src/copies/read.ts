import { readStream } from '../audit/read.ts'
import type { Id } from '../observability/id.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { FileResponse, Session } from '../platform/http-route.ts'
import { type Keys, unseal } from '../platform/keys.ts'
import { type BatchRow, findBatch, listBatches } from './batch-store.ts'
import { assertNotErased, copyNotFound } from './change.ts'
import type { BatchView, CopyView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { findPageImage } from './page-store.ts'
import { type CopyFilter, type CopyRow, findCopy, listCopies } from './store.ts'

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
    pagesPerCopy: batch.pagesPerCopy,
    pageCount: batch.pageCount,
    pagesDone: batch.pagesDone,
    unresolvedPages: batch.unresolvedPages,
    errorCode: batch.errorCode,
    createdAt: batch.createdAt.toISOString(),
    copies: [...batch.copies],
  }
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
    assignedMarkerId: copy.assignedMarkerId,
    statusChangedAt: copy.statusChangedAt.toISOString(),
    erasedAt: copy.erasedAt?.toISOString() ?? null,
  }
}

/** The image of a page, by its number from 1. Throws `not-found`, `copy-erased`. */
export async function readPageImage(
  deps: Pick<CopiesDeps, 'db' | 'blobs'>,
  query: { copyId: Id; pageNumber: number; size: 'thumbnail' | 'screen' | 'full' },
): Promise<FileResponse> {
  const image = await findPageImage(deps.db, query.copyId, query.pageNumber - 1, query.size)
  if (!image) throw copyNotFound()
  const { sha256, mediaType } = assertNotErased(image)
  if (sha256 === null) throw new AppError('not-found', { title: 'This copy has no such page.' })
  return { ...(await deps.blobs.read(sha256)), mediaType }
}

/** The untouched scan of the copy, as an attachment. Throws `copy-erased`, `not-found` before the import has ended. */
export async function readOriginal(
  deps: Pick<CopiesDeps, 'db' | 'blobs'>,
  copyId: Id,
): Promise<FileResponse> {
  const copy = await getCopy(deps.db, copyId)
  if (!copy.originalSha256) throw new AppError('not-found', { title: 'This copy is not imported yet.' })
  const file = await deps.blobs.read(copy.originalSha256)
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
