import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Id } from '../../src/observability/id.ts'
import { newRef } from '../../src/platform/ids.ts'
import type { TestApp } from './app.ts'
import { runAs } from './database.ts'

/** What belongs to a copy in each table. */
const BUSINESS = {
  batch: 'id = $2',
  copy: 'id = $1',
  page: 'copy_id = $1',
  annotation: 'copy_id = $1',
  score: 'copy_id = $1',
  remark: 'copy_id = $1',
  grading_result: 'copy_id = $1',
} as const
const SEALED = { audit_sealed: 'stream_ref = $3', audit_stream_key: 'stream_ref = $3' } as const
const LOG = { audit_event: 'stream_ref = $3' } as const
const CONDITIONS: Readonly<Record<string, string>> = { ...BUSINESS, ...SEALED, ...LOG }

const PARTS = { business: Object.keys(BUSINESS), sealed: Object.keys(SEALED), log: Object.keys(LOG) } as const
export type Part = keyof typeof PARTS

/** A backup of one copy, or of one scan: its rows, and the files of all. */
export type Backup = {
  /** Puts parts of it back, as an administrator would, whom no trigger stops. */
  restore(...parts: readonly Part[]): Promise<void>
  remove(): void
}

export async function backUp(app: TestApp, copyId: Id): Promise<Backup> {
  const { ownerUrl } = app.database
  const [owner] = await runAs<{ batchId: Id; streamRef: Id }>(
    ownerUrl,
    'select batch_id as "batchId", stream_ref as "streamRef" from copy where id = $1',
    [copyId],
  )
  return backUpRows(app, [copyId, owner?.batchId, owner?.streamRef], CONDITIONS)
}

/** The same of a scan that came to no copy. */
export async function backUpBatch(app: TestApp, batchId: Id): Promise<Backup> {
  const [owner] = await runAs<{ streamRef: Id }>(
    app.database.ownerUrl,
    'select stream_ref as "streamRef" from batch where id = $1',
    [batchId],
  )
  const conditions = { ...CONDITIONS, page: 'batch_id = $2' }
  return backUpRows(app, [newRef(), batchId, owner?.streamRef], conditions)
}

async function backUpRows(
  app: TestApp,
  ids: readonly (Id | undefined)[],
  conditions: Readonly<Record<string, string>>,
): Promise<Backup> {
  const { ownerUrl } = app.database
  const subject = ids.map((id) => pg.escapeLiteral(id ?? ''))
  const where = (table: string) =>
    (conditions[table] ?? '').replace(/\$(\d)/, (_, place) => subject[Number(place) - 1] ?? '')
  const kept = new Map<string, string>()
  for (const table of Object.keys(conditions)) {
    const statement = `select coalesce(json_agg(t), '[]')::text as rows from ${table} t where ${where(table)}`
    const [row] = await runAs<{ rows: string }>(ownerUrl, statement)
    kept.set(table, row?.rows ?? '[]')
  }
  const [blobs, folder] = [join(app.folder, 'blobs'), mkdtempSync(join(tmpdir(), 'paraph-backup-'))]
  cpSync(blobs, folder, { recursive: true, preserveTimestamps: true })
  return {
    restore: async (...parts) => {
      const tables = parts.flatMap((part) => PARTS[part])
      const steps = tables.flatMap((table) => [
        `alter table ${table} disable trigger all`,
        `delete from ${table} where ${where(table)}`,
        `insert into ${table} overriding system value
         select * from json_populate_recordset(null::${table}, ${pg.escapeLiteral(kept.get(table) ?? '[]')})`,
      ])
      const last = tables.map((table) => `alter table ${table} enable trigger all`)
      await runAs(ownerUrl, [...steps, ...last].join(';\n'))
      cpSync(folder, blobs, { recursive: true, preserveTimestamps: true })
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
