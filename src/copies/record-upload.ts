import type { ExamRow } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import type { StoredBlob } from '../platform/blobs.ts'
import type { Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Session } from '../platform/http-route.ts'
import { newAnonymousId, newId } from '../platform/ids.ts'
import { seal } from '../platform/keys.ts'
import { findSameScan, insertBatch } from './batch-store.ts'
import { chooseSplit } from './choose-split.ts'
import type { UploadQuery } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { importBatchJob } from './import-job.ts'
import { fileNamePurpose } from './read.ts'
import { insertCopy } from './store.ts'

/** A scan that lies among the stored files, and what is to be made of it. */
export type Scan = StoredBlob & {
  readonly options: UploadQuery
  readonly idempotencyKey?: Sensitive<string> | undefined
  readonly fileName: Sensitive<string>
}

/**
 * Makes the batch of a stored scan, its copy in STAGING (or, for a stack, leaves the copies to the import), and the
 * import job. Throws `split-not-possible`, `duplicate-scan` unless a second one is allowed. Event: `UPLOAD`, on the batch's stream.
 */
export async function recordUpload(
  deps: Pick<CopiesDeps, 'keys' | 'enqueue' | 'appendEvent'>,
  tx: Tx,
  session: Session,
  exam: ExamRow,
  scan: Scan,
): Promise<Id> {
  const { pagesPerCopy, duplicate } = scan.options
  const { split, codePattern } = chooseSplit(exam, scan.options)
  const first = await findSameScan(tx, { examId: exam.id, sha256: scan.sha256 })
  if (first && duplicate !== 'allow') throw duplicateScan(first)
  const id = newId()
  const streamRef = await insertBatch(tx, {
    id,
    examId: exam.id,
    originalSha256: scan.sha256,
    sizeBytes: scan.sizeBytes,
    fileNameSealed: seal(deps.keys, fileNamePurpose(id), reveal(scan.fileName, 'seal')),
    split,
    pagesPerCopy,
    codePattern,
    codeExam: exam.codeExam,
    idempotencyKey: scan.idempotencyKey,
    importJobId: await deps.enqueue(tx, importBatchJob, { batchId: id }),
    createdBy: session.accountId,
  })
  if (split === 'one-copy') {
    const copy = { id: newId(), examId: exam.id, batchId: id, anonymousId: newAnonymousId() }
    await insertCopy(tx, { ...copy, batchPosition: 1 })
  }
  await deps.appendEvent(tx, {
    action: 'UPLOAD',
    stream: { kind: 'batch', ref: streamRef, seq: 1 },
    examRef: exam.streamRef,
    metadata: { bytes: scan.sizeBytes, pages_per_copy: pagesPerCopy, split },
  })
  faultPoint('upload.recording')
  return id
}

/** The exam has this scan already. `batchId` is the first one. */
export function duplicateScan(batchId: Id): AppError {
  return new AppError('duplicate-scan', {
    title: 'This exam has this very file already; say so if you want it twice.',
    problem: { batchId },
  })
}
