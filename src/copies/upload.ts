import { getExamRow } from '../exams/exams.ts'
import type { ExamRow } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import type { StoredBlob } from '../platform/blobs.ts'
import { inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Session, Upload } from '../platform/http-route.ts'
import { newAnonymousId, newId } from '../platform/ids.ts'
import { seal } from '../platform/keys.ts'
import { findUploadByKey, insertBatch, type UploadRow } from './batch-store.ts'
import type { BatchView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { importBatchJob } from './import-job.ts'
import { fileNamePurpose, getBatchView } from './read.ts'
import { insertCopy } from './store.ts'

/** A PDF names itself within its first kilobyte. */
const HEADER_WINDOW = 1_024

/**
 * Accepts one PDF: streams it to the store while hashing, then makes the batch, its copy in STAGING (or, for a stack,
 * leaves the copies to the import), the `UPLOAD` event and the import job, all in one transaction. The same upload
 * under the same `Idempotency-Key` is answered with the batch there is.
 * Throws `not-found`, `not-a-pdf`, `too-large`, `storage-full`, `idempotency-key-reused`; nothing is kept then.
 */
export async function acceptUpload(
  deps: CopiesDeps,
  session: Session,
  command: {
    examId: Id
    pagesPerCopy: number | undefined
    idempotencyKey: Sensitive<string> | undefined
    openUpload: () => Promise<Upload>
  },
): Promise<BatchView> {
  const exam = await getExamRow(deps.db, command.examId)
  const upload = await command.openUpload()
  const stored = await deps.blobs.put(assertPdf(upload.content), () => upload.assertComplete())
  faultPoint('upload.stored')
  const { pagesPerCopy, idempotencyKey } = command
  const batchId = await inTransaction(deps.db, async (tx) => {
    const known = idempotencyKey && (await findUploadByKey(tx, session.accountId, idempotencyKey))
    if (known) return assertSameUpload(known, { examId: exam.id, sha256: stored.sha256, pagesPerCopy })
    const scan = { ...stored, pagesPerCopy, idempotencyKey, fileName: upload.fileName }
    return recordUpload(deps, tx, session, exam, scan)
  })
  faultPoint('upload.recorded')
  log.grading.info('upload.accepted', { 'batch.id': batchId, 'exam.id': exam.id, bytes: stored.sizeBytes })
  return getBatchView(deps, batchId)
}

async function recordUpload(
  deps: CopiesDeps,
  tx: Tx,
  session: Session,
  exam: ExamRow,
  scan: StoredBlob & {
    pagesPerCopy: number | undefined
    idempotencyKey: Sensitive<string> | undefined
    fileName: Sensitive<string>
  },
): Promise<Id> {
  const id = newId()
  const streamRef = await insertBatch(tx, {
    id,
    examId: exam.id,
    originalSha256: scan.sha256,
    sizeBytes: scan.sizeBytes,
    fileNameSealed: seal(deps.keys, fileNamePurpose(id), reveal(scan.fileName, 'seal')),
    pagesPerCopy: scan.pagesPerCopy,
    idempotencyKey: scan.idempotencyKey,
    importJobId: await deps.enqueue(tx, importBatchJob, { batchId: id }),
    createdBy: session.accountId,
  })
  if (scan.pagesPerCopy === undefined) {
    const copy = { id: newId(), examId: exam.id, batchId: id, anonymousId: newAnonymousId() }
    await insertCopy(tx, { ...copy, batchPosition: 1 })
  }
  await deps.appendEvent(tx, {
    action: 'UPLOAD',
    stream: { kind: 'batch', ref: streamRef, seq: 1 },
    examRef: exam.streamRef,
    metadata: { bytes: scan.sizeBytes, pages_per_copy: scan.pagesPerCopy },
  })
  faultPoint('upload.recording')
  return id
}

/** The batch that the key already made, if it was made of the same file in the same way. */
function assertSameUpload(
  known: UploadRow,
  wanted: { examId: Id; sha256: string; pagesPerCopy: number | undefined },
): Id {
  const isSame =
    known.examId === wanted.examId &&
    known.originalSha256 === wanted.sha256 &&
    known.pagesPerCopy === (wanted.pagesPerCopy ?? null)
  if (isSame) return known.id
  throw new AppError('idempotency-key-reused', {
    title: 'This Idempotency-Key belongs to another upload.',
    problem: { batchId: known.id },
  })
}

/** Passes the stream on once its beginning is that of a PDF. Throws `not-a-pdf`, also for an empty file. */
async function* assertPdf(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0)
  let isPdf = false
  for await (const chunk of content) {
    if (isPdf) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    isPdf = head.subarray(0, HEADER_WINDOW).includes('%PDF-')
    if (isPdf) yield head
    else if (head.length >= HEADER_WINDOW) break
  }
  if (!isPdf) throw new AppError('not-a-pdf', { title: 'The file is not a PDF.' })
}
