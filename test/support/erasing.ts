import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runInContext } from '../../src/observability/context.ts'
import type { Id } from '../../src/observability/id.ts'
import { type Erasure, eraseCopy, planErasure } from '../../src/people/erase.ts'
import { type BatchErasure, eraseBatch, planBatchErasure } from '../../src/people/erase-batch.ts'
import type { ErasureDeps } from '../../src/people/erase-scan.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { newId, newRef } from '../../src/platform/ids.ts'
import { DAY } from '../../src/platform/units.ts'
import { openTestApp, type TestApp } from './app.ts'
import { awaitGrading, importScan, lockAndScore, makeExam, type Staff } from './builders.ts'
import { runAs } from './database.ts'
import { makePdf, textPage } from './pdfs.ts'

/** The application with an exam, an eraser beside it, and scans whose images are nobody else's. */
export async function openErasureRoom(options: Parameters<typeof openTestApp>[0] = {}) {
  const app = await openTestApp(options)
  const staff = await makeExam(app)
  const eraser = openEraser(app)
  const sql = <R extends object>(statement: string, values: unknown[] = []) =>
    runAs<R & Record<string, unknown>>(app.database.ownerUrl, statement, values)

  async function importOwn(copies: number): Promise<Id[]> {
    const stack = copies > 1 ? { pagesPerCopy: PAGES } : {}
    const { batch } = await importScan(staff, { scan: makeOwnScan(copies * PAGES), ...stack })
    for (const copyId of batch.copies) await staff.admin.post(`${pathOf(copyId)}/validate`)
    await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
    return batch.copies
  }
  async function importOne(): Promise<Id> {
    const [copyId] = await importOwn(1)
    return copyId as Id
  }

  return {
    app,
    staff,
    eraser,
    /** Runs a statement as a superuser. */
    sql,
    importOne,
    /** Two ready copies of one scan. */
    importTwo: () => importOwn(2) as Promise<[Id, Id]>,
    gradeOne: async (): Promise<Id> => {
      const copyId = await importOne()
      await gradeCopy(staff.marker, pathOf(copyId))
      return copyId
    },
    storedFiles: (): ReadonlySet<string> => {
      const names = readdirSync(join(app.folder, 'blobs'), { recursive: true, encoding: 'utf8' })
      return new Set(names.map((name) => name.split('/').at(-1) ?? '').filter((name) => name.length === 64))
    },
    /** A stack shorter than one copy: all its pages are in none. They are said to have codes, and the scan a key. */
    importUnplaced: async (pages = 1): Promise<Id> => {
      const { batch } = await importScan(staff, { scan: makeOwnScan(pages), pagesPerCopy: pages + 1 })
      await sql(`update page set copy_code = 'ZOE' || batch_page_index where batch_id = $1`, [batch.id])
      return batch.id
    },
    /** A stack whose import fails before a page is read. */
    importBroken: async (scan: Uint8Array = makeBrokenScan()): Promise<Id> => {
      const { batch } = await importScan(staff, { scan, pagesPerCopy: PAGES })
      if (batch.status !== 'FAILED') throw new Error(`the import ended in ${batch.status}`)
      return batch.id
    },
    /** What is left of a scan. */
    remainsOfBatch: async (batchId: Id) => (await sql(REMAINS_OF_BATCH, [batchId]))[0],
    /** The events of a batch, as an auditor reads them. */
    eventsOfBatch: async (batchId: Id): Promise<BatchEvent[]> => {
      const [batch] = await sql<{ ref: Id }>('select stream_ref as ref from batch where id = $1', [batchId])
      const [from, to] = [new Date(Date.now() - DAY), new Date(Date.now() + DAY)]
      const query = `stream=${batch?.ref}&from=${from.toISOString()}&to=${to.toISOString()}`
      return (await (await app.signIn('auditor')).get(`/api/audit/events?${query}`)).body.events
    },
    /** What is left of a copy. */
    remainsOf: async (copyId: Id) => (await sql(REMAINS, [copyId]))[0],
    close: async () => {
      await eraser.close()
      await app.close()
    },
  }
}
export type ErasureRoom = Awaited<ReturnType<typeof openErasureRoom>>

const PAGES = 2
export const pathOf = (copyId: Id) => `/api/copies/${copyId}`

const REMAINS = `
  select c.status, c.erased_at is not null as erased, c.original_sha256, c.prepared_sha256,
         b.original_sha256 as scan, b.file_name_sealed as name, b.idempotency_key as key,
         (select count(*)::int from annotation where copy_id = c.id) as annotations,
         (select count(*)::int from score where copy_id = c.id) as scores,
         (select count(*)::int from remark where copy_id = c.id) as remarks,
         (select count(*)::int from grading_result where copy_id = c.id) as results,
         (select count(*)::int from people.copy_student s where s.copy_id = c.id) as students,
         (select count(*)::int from page where copy_id = c.id) as pages,
         (select count(*)::int from page
           where c.id in (copy_id, former_copy_id) and num_nonnulls(full_sha256, screen_sha256, thumbnail_sha256) > 0) as images,
         (select count(*)::int from page
           where c.id in (copy_id, former_copy_id) and num_nonnulls(copy_code, fingerprint) > 0) as codes,
         (select count(*)::int from batch s where s.original_sha256 is not null
             and s.id in (select batch_id from page where c.id in (copy_id, former_copy_id))) as scans,
         (select count(*)::int from erased_blob where copy_id = c.id) as blobs,
         (select count(*)::int from audit_sealed s where s.stream_ref = c.stream_ref) as sealed,
         (select count(*)::int from audit_stream_key k where k.stream_ref = c.stream_ref) as keys
    from copy c join batch b on b.id = c.batch_id where c.id = $1`

const REMAINS_OF_BATCH = `
  select b.status, b.original_sha256 as scan, b.file_name_sealed as name, b.idempotency_key as key,
         (select count(*)::int from page where batch_id = b.id) as pages,
         (select count(*)::int from page
           where batch_id = b.id and num_nonnulls(full_sha256, screen_sha256, thumbnail_sha256) > 0) as images,
         (select count(*)::int from page where batch_id = b.id and num_nonnulls(copy_code, fingerprint) > 0) as codes,
         (select count(*)::int from erased_blob where batch_id = b.id) as blobs,
         (select count(*)::int from audit_sealed s where s.stream_ref = b.stream_ref) as sealed,
         (select count(*)::int from audit_stream_key k where k.stream_ref = b.stream_ref) as keys
    from batch b where b.id = $1`

/** What is left of an erased scan besides its state and its pages. */
export const NOTHING_OF_SCAN = {
  ...{ scan: null, name: null, key: null },
  ...{ images: 0, codes: 0, blobs: 0, sealed: 0, keys: 0 },
}

export type BatchEvent = {
  readonly seq: number
  readonly action: string
  readonly actor: object
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What is left of an erased copy besides its state and its pages. */
export const NOTHING = {
  erased: true,
  original_sha256: null,
  prepared_sha256: null,
  ...{ scan: null, name: null, key: null },
  ...{
    annotations: 0,
    scores: 0,
    remarks: 0,
    results: 0,
    students: 0,
    images: 0,
    codes: 0,
    scans: 0,
    blobs: 0,
    sealed: 0,
    keys: 0,
  },
}

/** A scan of text pages that no other scan has. */
export function makeOwnScan(pages: number): Uint8Array {
  return makePdf(Array.from({ length: pages }, () => textPage(`(${newId()})`)))
}

/** A file that no other is, and that nothing can be read of. */
export function makeBrokenScan(): Uint8Array {
  return Buffer.from(`%PDF-1.7\nnothing to read: ${newId()}\n`)
}

/** Has a ready copy marked, with a comment on a page, a remark on a question and one on the whole, and graded. */
export async function gradeCopy(marker: Staff['marker'], path: string): Promise<void> {
  const lockToken = await lockAndScore(marker, path)
  const body = { pageNumber: 1, kind: 'comment', x: 0.5, y: 0.5, text: 'Vu' }
  await marker.post(`${path}/annotations`, { lockToken, body })
  const { items, comment } = (await marker.get(`${path}/scores`)).body
  const { itemId, remark } = items.find((item: { label: string }) => item.label === '1.b')
  const say = (place: string, { version }: { version: number }, text: string) =>
    marker.call('PUT', `${path}/${place}`, { lockToken, version, body: { text } })
  await say(`remarks/${itemId}`, remark, 'L’unité manque.')
  await say('comment', comment, 'Un ensemble sérieux.')
  await marker.post(`${path}/finalize`, { lockToken })
  const { status } = await awaitGrading(marker, path)
  if (status !== 'GRADED') throw new Error(`the copy ended in ${status}`)
}

/** The eraser of an application, as its command line opens it. */
export function openEraser(app: TestApp) {
  const db = openDatabase(app.database.eraserUrl, { applicationName: 'paraph-test', maxConnections: 4 })
  const deps: ErasureDeps = {
    db,
    appendEvent: app.services.appendEvent,
    blobs: app.services.blobs,
    workDirectory: join(app.folder, 'work'),
  }
  const operator = { kind: 'operator', ref: newRef() } as const
  const asOperator = <T>(work: () => Promise<T>) =>
    runInContext({ requestId: newId(), actor: operator }, work)
  return {
    deps,
    operator,
    asOperator,
    plan: (copyId: Id) => planErasure(deps, copyId),
    erase: (copyId: Id, changes: Partial<ErasureDeps> = {}): Promise<Erasure> =>
      asOperator(() => eraseCopy({ ...deps, ...changes }, { copyId, reason: 'test-data' })),
    planBatch: (batchId: Id) => planBatchErasure(deps, batchId),
    eraseBatch: (batchId: Id, changes: Partial<ErasureDeps> = {}): Promise<BatchErasure> =>
      asOperator(() => eraseBatch({ ...deps, ...changes }, { batchId, reason: 'test-data' })),
    close: () => db.destroy(),
  }
}

/** Waits until a connection waits for a row that another one has taken. */
export async function untilWaiting(app: TestApp): Promise<void> {
  for (;;) {
    const rows = await runAs(
      app.database.ownerUrl,
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows.length > 0) return
    await sleep(5)
  }
}
