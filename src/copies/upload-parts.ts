import { z } from 'zod'
import { getExamRow } from '../exams/exams.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { idSchema } from '../platform/contract.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError, errorCodeOf } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Session } from '../platform/http-route.ts'
import { seal, unseal } from '../platform/keys.ts'
import { createTurns } from '../platform/turns.ts'
import { findScan } from './batch-store.ts'
import { chooseSplit } from './choose-split.ts'
import { type UploadQuery, type UploadView, uploadQuery } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { duplicateScan, recordUpload } from './record-upload.ts'
import { assertRoomFor } from './upload.ts'
import { notAPdf, type UploadFiles } from './upload-files.ts'
import {
  deleteUpload,
  endUpload,
  findUpload,
  insertUpload,
  listUnfinishedUploads,
  setUploadHash,
  takeUpload,
  type UploadRow,
} from './upload-store.ts'

/** What an upload in parts needs besides. */
export type PartsDeps = CopiesDeps & { readonly files: UploadFiles }

/** What the sender says of the whole before its first byte. Other members are of no interest and are not kept. */
const description = uploadQuery.extend({
  exam: idSchema,
  filename: z
    .string()
    .default('')
    .transform((name) => new Sensitive(name.slice(0, 255))),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})

const nameOf = (uploadId: Id) => `upload:${uploadId}:file-name`

/**
 * Begins an upload: its row, and an empty file for what will arrive. Throws `invalid-request`, `not-found` (the exam),
 * `not-a-pdf` (no byte at all), `split-not-possible`, `duplicate-scan` when the declared content is known, `storage-full`.
 */
export async function beginUpload(
  deps: PartsDeps,
  session: Session,
  upload: { readonly id: Id; readonly sizeBytes: number; readonly metadata: unknown },
): Promise<void> {
  const { exam: examId, filename, sha256, ...options } = parseDescription(upload.metadata)
  const exam = await getExamRow(deps.db, examId)
  if (upload.sizeBytes === 0) throw notAPdf()
  chooseSplit(exam, options)
  const first = sha256 && options.duplicate !== 'allow' && (await findScan(deps.db, { examId, sha256 }))
  if (first) throw duplicateScan(first)
  await assertRoomFor(deps.uploads, upload.sizeBytes)
  await deps.files.create(upload.id)
  await insertUpload(deps.db, {
    id: upload.id,
    examId,
    ownerId: session.accountId,
    sizeBytes: upload.sizeBytes,
    fileNameSealed: seal(deps.keys, nameOf(upload.id), reveal(filename, 'seal')),
    options,
    declaredSha256: sha256 ?? null,
    lifetimeMs: deps.uploads.lifetimeMs,
  })
  log.grading.info('upload.begun', { 'exam.id': exam.id, bytes: upload.sizeBytes })
}

function parseDescription(metadata: unknown): z.output<typeof description> {
  const parsed = description.safeParse(metadata ?? {})
  if (parsed.success) return parsed.data
  throw new AppError('invalid-request', {
    title: 'Upload-Metadata does not say which exam the file is for, or how it is to be cut.',
    problem: {
      fields: parsed.error.issues.map((issue) => ({
        path: `headers.upload-metadata.${String(issue.path[0])}`,
        problem: issue.code.replaceAll('_', '-'),
      })),
    },
  })
}

/** Throws `not-found` also when it is somebody else's, whose uploads nobody learns of. */
export async function getUpload(deps: PartsDeps, session: Session, uploadId: Id): Promise<UploadRow> {
  const upload = await findUpload(deps.db, uploadId, session.accountId)
  if (!upload) throw uploadNotFound()
  return upload
}

function uploadNotFound(): AppError {
  return new AppError('not-found', { title: 'There is no such upload, or its time is over.' })
}

/** How many bytes of it are there. Throws `not-found` when its file is gone. */
export async function offsetOf({ files }: PartsDeps, upload: UploadRow): Promise<number> {
  if (upload.batchId || upload.sha256) return upload.sizeBytes
  const offset = await files.sizeOf(upload.id)
  if (offset === undefined) throw uploadNotFound()
  return offset
}

export async function viewUpload(deps: PartsDeps, upload: UploadRow): Promise<UploadView> {
  const offset = await offsetOf(deps, upload)
  return {
    id: upload.id,
    examId: upload.examId,
    status: upload.batchId ? 'done' : offset === upload.sizeBytes ? 'whole' : 'receiving',
    offset,
    sizeBytes: upload.sizeBytes,
    options: upload.options,
    sha256: upload.declaredSha256,
    batchId: upload.batchId,
    createdAt: upload.createdAt.toISOString(),
    expiresAt: upload.expiresAt.toISOString(),
  }
}

/** The own uploads that have not become a batch; one whose file is gone is none. */
export async function listUploads(deps: PartsDeps, session: Session): Promise<UploadView[]> {
  const views: UploadView[] = []
  for (const upload of await listUnfinishedUploads(deps.db, session.accountId)) {
    const view = await viewUpload(deps, upload).catch((error) => {
      if (errorCodeOf(error) !== 'not-found') throw error
    })
    if (view) views.push(view)
  }
  return views
}

/** Forgets an upload with its bytes. A batch that was made of it stays. */
export async function removeUpload(deps: PartsDeps, uploadId: Id): Promise<void> {
  await deleteUpload(deps.db, uploadId)
  await deps.files.remove(uploadId)
}

const takeTurns = createTurns<Id>()

/**
 * Makes the batch of an upload that is whole, in the way of `acceptUpload`; once only, whoever asks and how often, also
 * after a kill at any step. Throws `not-found`, `upload-offset-differs` when bytes are missing, and `duplicate-scan`,
 * after which it may be asked for again with `duplicate`. After `not-a-pdf` and `upload-differs` nothing is kept.
 */
export function finishUpload(
  deps: PartsDeps,
  session: Session,
  uploadId: Id,
  options: Pick<UploadQuery, 'duplicate'> = {},
): Promise<Id> {
  return takeTurns(uploadId, async () => {
    const upload = await getUpload(deps, session, uploadId)
    if (upload.batchId) return upload.batchId
    const sha256 = await store(deps, upload)
    faultPoint('upload.stored')
    const batchId = await inTransaction(deps.db, async (tx) => {
      const taken = await takeUpload(tx, uploadId, session.accountId)
      if (taken?.batchId) return taken.batchId
      if (!taken?.fileNameSealed) throw uploadNotFound()
      const made = await recordUpload(deps, tx, session, await getExamRow(tx, taken.examId), {
        sha256,
        sizeBytes: taken.sizeBytes,
        options: { ...taken.options, ...options },
        fileName: unseal<string>(deps.keys, nameOf(uploadId), taken.fileNameSealed),
      })
      await endUpload(tx, uploadId, made)
      return made
    })
    faultPoint('upload.recorded')
    const { examId, sizeBytes } = upload
    log.grading.info('upload.accepted', { 'batch.id': batchId, 'exam.id': examId, bytes: sizeBytes })
    return batchId
  })
}

/** Puts the whole among the stored files, and returns its hash. */
async function store(deps: PartsDeps, upload: UploadRow): Promise<string> {
  const offset = await offsetOf(deps, upload)
  if (offset < upload.sizeBytes) {
    throw new AppError('upload-offset-differs', {
      title: 'The upload is not whole yet.',
      problem: { offset, sizeBytes: upload.sizeBytes },
    })
  }
  try {
    const sha256 = upload.sha256 ?? (await inspect(deps, upload))
    await deps.blobs.adopt(deps.files.pathOf(upload.id), sha256)
    return sha256
  } catch (error) {
    if (!HOPELESS.has(errorCodeOf(error))) throw error
    await removeUpload(deps, upload.id)
    throw errorCodeOf(error) === 'blob-missing' ? uploadNotFound() : error
  }
}

/** What no further byte and no other word can change. */
const HOPELESS: ReadonlySet<string> = new Set(['not-a-pdf', 'upload-differs', 'blob-missing'])

async function inspect(deps: PartsDeps, upload: UploadRow): Promise<string> {
  await deps.files.assertPdf(upload.id)
  const sha256 = await deps.files.hash(upload.id)
  if (upload.declaredSha256 && upload.declaredSha256 !== sha256) {
    throw new AppError('upload-differs', { title: 'What has arrived is not the file that was announced.' })
  }
  await setUploadHash(deps.db, upload.id, sha256)
  faultPoint('parts.hashed')
  return sha256
}
