import type { Id } from '../../src/observability/id.ts'
import type { Installation } from './installation.ts'

export type BenchCopy = { readonly id: Id; readonly streamRef: Id }
export type BenchExam = {
  readonly id: Id
  readonly ref: Id
  readonly batchId: Id
  readonly accountId: Id
  readonly actorRef: Id
}

/** An exam with one batch, to which the copies belong. */
export async function makeExam({ administer }: Installation): Promise<BenchExam> {
  const [exam] = await administer<BenchExam>(`
    with person as (
      insert into people.account (name, email, role) values ('Camille Exemple', 'camille@bench.invalid', 'admin')
      returning id, actor_ref),
    made as (
      insert into exam (id, title, created_by) select gen_random_uuid(), 'Benchmark', id from person
      returning id, stream_ref)
    insert into batch (id, exam_id, status, original_sha256, size_bytes, file_name_sealed, created_by)
    select gen_random_uuid(), made.id, 'IMPORTED', repeat('0', 64), 1, '\\x00', person.id from person, made
    returning exam_id as id, id as "batchId", created_by as "accountId",
              (select stream_ref from made) as ref, (select actor_ref from person) as "actorRef"`)
  if (!exam) throw new Error('no exam was made')
  return exam
}

/** Copies whose streams have so many events: `events` of them are appended by whoever asked for the copies. */
export async function makeCopies(
  { administer }: Installation,
  exam: BenchExam,
  { copies, events }: { copies: number; events: number },
): Promise<readonly BenchCopy[]> {
  return administer<BenchCopy>(
    `insert into copy (id, exam_id, batch_id, batch_position, anonymous_id, event_seq)
     select gen_random_uuid(), $1, $2, start + n, 'BENCH-' || start + n, $4
       from generate_series(1, $3::int) n, (select coalesce(max(batch_position), 0) as start from copy) taken
     returning id, stream_ref as "streamRef"`,
    [exam.id, exam.batchId, copies, events],
  )
}

/** Copies of one page that `lockToken` is entitled to mark. */
export async function makeLockedCopies(
  installation: Installation,
  exam: BenchExam,
  { copies, lockToken }: { copies: number; lockToken: string },
): Promise<readonly BenchCopy[]> {
  const made = await makeCopies(installation, exam, { copies, events: 0 })
  const ids = made.map(({ id }) => id)
  const { administer } = installation
  await administer(
    `with scan as (
       insert into batch (id, exam_id, status, original_sha256, size_bytes, file_name_sealed, created_by, page_count,
                          finished_at)
       select c.id, c.exam_id, 'IMPORTED', b.original_sha256, b.size_bytes, b.file_name_sealed, b.created_by, 1, now()
         from copy c join batch b on b.id = c.batch_id where c.id = any($1) returning id)
     insert into page (batch_id, batch_page_index, full_sha256, full_media_type, screen_sha256, screen_media_type,
                       thumbnail_sha256, thumbnail_media_type, width_px, height_px)
     select id, 0, repeat('0', 64), 'image/webp', repeat('0', 64), 'image/webp', repeat('0', 64), 'image/webp', 10, 10
       from scan`,
    [ids],
  )
  await administer(`update page set copy_id = batch_id, page_index = 0 where batch_id = any($1)`, [ids])
  await administer(`update copy set status = 'READY', event_seq = event_seq + 1 where id = any($1)`, [ids])
  await administer(
    `with lease as (
       insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
       select unnest($1::uuid[]), $2, $3, $4, now() + interval '1 day')
     update copy set status = 'LOCKED', event_seq = event_seq + 1 where id = any($1)`,
    [ids, lockToken, exam.accountId, exam.actorRef],
  )
  return made
}
