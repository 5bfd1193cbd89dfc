import { getExamRow } from '../exams/exams.ts'
import { log } from '../observability/log.ts'
import { reveal } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session, Upload } from '../platform/http-route.ts'
import { newAnonymousId, newId } from '../platform/ids.ts'
import { seal } from '../platform/keys.ts'
import { insertBatch } from './batch-store.ts'
import type { BatchView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { importBatchJob } from './import-job.ts'
import { fileNamePurpose, getBatchView } from './read.ts'
import { insertCopy } from './store.ts'

/** A PDF names itself within its first kilobyte. */
const HEADER_WINDOW = 1_024

/**
 * Accepts one PDF: streams it to the store while hashing, then makes the batch, its copy in STAGING (or, for a stack,
 * leaves the copies to the import), the `UPLOAD` event and the import job, all in one transaction.
 * Throws `not-found`, `not-a-pdf`, `too-large`, `storage-full`; nothing is kept then.
 */
export async function acceptUpload(
  deps: CopiesDeps,
  session: Session,
  command: { examId: string; pagesPerCopy: number | undefined; upload: Upload },
): Promise<BatchView> {
  const exam = await getExamRow(deps.db, command.examId)
  const { sha256, sizeBytes } = await deps.blobs.put(assertPdf(command.upload.content), () =>
    command.upload.assertComplete(),
  )
  const batchId = newId()
  const fileNameSealed = seal(deps.keys, fileNamePurpose(batchId), reveal(command.upload.fileName, 'seal'))
  await inTransaction(deps.db, async (tx) => {
    const importJobId = await deps.enqueue(tx, importBatchJob, { batchId })
    const streamRef = await insertBatch(tx, {
      id: batchId,
      examId: exam.id,
      originalSha256: sha256,
      sizeBytes,
      fileNameSealed,
      pagesPerCopy: command.pagesPerCopy,
      importJobId,
      createdBy: session.accountId,
    })
    if (command.pagesPerCopy === undefined) {
      await insertCopy(tx, {
        id: newId(),
        examId: exam.id,
        batchId,
        batchPosition: 1,
        anonymousId: newAnonymousId(),
      })
    }
    await deps.appendEvent(tx, {
      action: 'UPLOAD',
      stream: { kind: 'batch', ref: streamRef, seq: 1 },
      examRef: exam.streamRef,
      metadata: { bytes: sizeBytes, pages_per_copy: command.pagesPerCopy },
    })
  })
  log.grading.info('upload.accepted', { 'batch.id': batchId, 'exam.id': exam.id, bytes: sizeBytes })
  return getBatchView(deps, batchId)
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
