import { getExamRow } from '../exams/exams.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { assertRoom } from '../platform/disk.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Session, Upload } from '../platform/http-route.ts'
import { findUploadByKey, type KeyedUpload } from './batch-store.ts'
import { chooseSplit } from './choose-split.ts'
import type { BatchView, Split, UploadQuery } from './contract.ts'
import type { CopiesDeps, UploadSettings } from './deps.ts'
import { getBatchView } from './read.ts'
import { recordUpload } from './record-upload.ts'
import { HEADER_WINDOW, isPdf, notAPdf } from './upload-files.ts'

/** What a scan takes on the disk besides itself, in its own size: the images of its pages, and its marked copies. */
const DERIVATIVES = 2

/** Throws `storage-full` unless there is room for a scan of this size and what is made of it, beside the reserve. */
export function assertRoomFor(settings: UploadSettings, sizeBytes: number): Promise<void> {
  return assertRoom(settings.directory, sizeBytes * (1 + DERIVATIVES) + settings.reserveBytes)
}

/**
 * Accepts one PDF in one request: streams it to the store while hashing, then makes the batch, its copy in STAGING (or,
 * for a stack, leaves the copies to the import), the `UPLOAD` event and the import job, all in one transaction. The same
 * upload under the same `Idempotency-Key` is answered with the batch there is.
 * Throws `not-found`, `not-a-pdf`, `too-large`, `storage-full`, `duplicate-scan`, `idempotency-key-reused`; nothing is
 * kept then.
 */
export async function acceptUpload(
  deps: CopiesDeps,
  session: Session,
  command: {
    examId: Id
    options: UploadQuery
    idempotencyKey: Sensitive<string> | undefined
    openUpload: () => Promise<Upload>
  },
): Promise<BatchView> {
  const exam = await getExamRow(deps.db, command.examId)
  const { split } = chooseSplit(exam, command.options)
  const upload = await command.openUpload()
  await assertRoomFor(deps.uploads, upload.declaredBytes ?? 0)
  const stored = await deps.blobs.put(assertPdf(upload.content), () => upload.assertComplete())
  faultPoint('upload.stored')
  const { options, idempotencyKey } = command
  const batchId = await inTransaction(deps.db, async (tx) => {
    const known = idempotencyKey && (await findUploadByKey(tx, session.accountId, idempotencyKey))
    if (known) {
      const { pagesPerCopy } = options
      return assertSameUpload(known, { examId: exam.id, sha256: stored.sha256, split, pagesPerCopy })
    }
    const scan = { ...stored, options, idempotencyKey, fileName: upload.fileName }
    return recordUpload(deps, tx, session, exam, scan)
  })
  faultPoint('upload.recorded')
  log.grading.info('upload.accepted', { 'batch.id': batchId, 'exam.id': exam.id, bytes: stored.sizeBytes })
  return getBatchView(deps, batchId)
}

/** The batch that the key already made, if it was made of the same file in the same way. */
function assertSameUpload(
  known: KeyedUpload,
  wanted: { examId: Id; sha256: string; split: Split; pagesPerCopy: number | undefined },
): Id {
  const isSame =
    known.examId === wanted.examId &&
    known.originalSha256 === wanted.sha256 &&
    known.split === wanted.split &&
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
  let hasName = false
  for await (const chunk of content) {
    if (hasName) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    hasName = isPdf(head)
    if (hasName) yield head
    else if (head.length >= HEADER_WINDOW) break
  }
  if (!hasName) throw notAPdf()
}
