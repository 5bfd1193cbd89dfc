import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { UploadQuery } from './contract.ts'

/** An upload that arrives in parts. */
export type UploadRow = {
  readonly id: Id
  readonly examId: Id
  readonly ownerId: Id
  readonly sizeBytes: number
  /** Null once the batch has it. */
  readonly fileNameSealed: Sensitive<Buffer> | null
  readonly options: UploadQuery
  /** What its sender says that the whole is. */
  readonly declaredSha256: string | null
  /** What the whole is, once it was looked at: from then on it may be among the stored files. */
  readonly sha256: string | null
  readonly batchId: Id | null
  readonly createdAt: Date
  readonly expiresAt: Date
}

const UPLOAD = sql`
  id, exam_id as "examId", owner_id as "ownerId", size_bytes::float8 as "sizeBytes", options,
  file_name_sealed as "fileNameSealed", declared_sha256 as "declaredSha256", sha256, batch_id as "batchId",
  created_at as "createdAt", expires_at as "expiresAt"`

export async function insertUpload(
  db: Database,
  upload: Pick<UploadRow, 'id' | 'examId' | 'ownerId' | 'sizeBytes' | 'options' | 'declaredSha256'> & {
    readonly fileNameSealed: Sensitive<Buffer>
    readonly lifetimeMs: number
  },
): Promise<void> {
  await sql`
    insert into upload (id, exam_id, owner_id, size_bytes, file_name_sealed, options, declared_sha256, expires_at)
    values (${upload.id}, ${upload.examId}, ${upload.ownerId}, ${upload.sizeBytes}, ${upload.fileNameSealed},
            ${JSON.stringify(upload.options)}, ${upload.declaredSha256},
            clock_timestamp() + make_interval(secs => ${upload.lifetimeMs / 1_000}))`.execute(db)
}

/** An upload that its owner may go on with, or ask about. */
export async function findUpload(db: Database, uploadId: Id, ownerId: Id): Promise<UploadRow | undefined> {
  const { rows } = await sql<UploadRow>`
    select ${UPLOAD} from upload
     where id = ${uploadId} and owner_id = ${ownerId} and expires_at > clock_timestamp()`.execute(db)
  return rows[0]
}

/** The same, taken for this transaction. */
export async function takeUpload(tx: Tx, uploadId: Id, ownerId: Id): Promise<UploadRow | undefined> {
  const { rows } = await sql<UploadRow>`
    select ${UPLOAD} from upload where id = ${uploadId} and owner_id = ${ownerId} for update`.execute(tx)
  return rows[0]
}

/** The uploads of an account that have not become a batch, newest first. */
export async function listUnfinishedUploads(db: Database, ownerId: Id): Promise<readonly UploadRow[]> {
  const { rows } = await sql<UploadRow>`
    select ${UPLOAD} from upload
     where owner_id = ${ownerId} and batch_id is null and expires_at > clock_timestamp()
     order by created_at desc limit 500`.execute(db)
  return rows
}

/** Says what the whole is, before it becomes one of the stored files. */
export async function setUploadHash(db: Database, uploadId: Id, sha256: string): Promise<void> {
  await sql`update upload set sha256 = ${sha256} where id = ${uploadId}`.execute(db)
}

/** The batch has everything now, the name too. */
export async function endUpload(tx: Tx, uploadId: Id, batchId: Id): Promise<void> {
  await sql`update upload set batch_id = ${batchId}, file_name_sealed = null where id = ${uploadId}`.execute(
    tx,
  )
}

export async function deleteUpload(db: Database, uploadId: Id): Promise<void> {
  await sql`delete from upload where id = ${uploadId}`.execute(db)
}

/** Removes the uploads whose time is over; returns their ids. */
export async function deleteExpiredUploads(db: Database): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    delete from upload where expires_at <= clock_timestamp() returning id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Those of the given ids that are no upload's. */
export async function listUnknownUploads(db: Database, ids: readonly string[]): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    select wanted.id from unnest(${[...ids]}::uuid[]) as wanted (id)
     where not exists (select from upload u where u.id = wanted.id)`.execute(db)
  return rows.map(({ id }) => id)
}
