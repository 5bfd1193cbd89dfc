import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAs } from '../../test/support/database.ts'
import { type ErasureRoom, openErasureRoom, pathOf } from '../../test/support/erasing.ts'
import type { Id } from '../observability/id.ts'

describe('what the database itself says of erasing', () => {
  let room: ErasureRoom
  let erased: Id
  let living: Id
  beforeAll(async () => {
    room = await openErasureRoom()
    erased = await room.gradeOne()
    await room.eraser.erase(erased)
    living = await room.gradeOne()
  })
  afterAll(() => room?.close())

  /** Runs a statement about a copy; answers with the constraint or the SQLSTATE that refused it. */
  const ask = (login: 'url' | 'eraserUrl' | 'ownerUrl', statement: string, copyId: Id): Promise<string> =>
    runAs(room.app.database[login], statement, [copyId]).then(
      () => 'done',
      ({ code, constraint }) => constraint ?? code,
    )

  it.each([
    [`update copy set status = 'READY', version = 2, event_seq = event_seq + 1 where id = $1`],
    ['update copy set event_seq = event_seq + 1 where id = $1'],
    ['update copy set assigned_marker_id = null where id = $1'],
    [`update copy set original_sha256 = repeat('a', 64) where id = $1`],
    [
      `insert into annotation (id, copy_id, copy_version, page_index, kind, x, y, width, height, created_by)
       select gen_random_uuid(), id, 1, 0, 'tick', 0, 0, 0, 0, assigned_marker_id from copy where id = $1`,
    ],
    [
      `insert into score (copy_id, copy_version, rubric_item_id, points_hundredths)
       select c.id, 1, r.id, 100 from copy c join rubric_item r on r.exam_id = c.exam_id where c.id = $1 limit 1`,
    ],
    [`insert into remark (copy_id, copy_version, text) select id, 9, 'trop tard' from copy where id = $1`],
    [
      `insert into grading_result (copy_id, copy_version, final_score_hundredths, marked_sha256, marked_pages,
                                   marked_sheet_pages) values ($1, 9, 0, repeat('a', 64), 1, 1)`,
    ],
    [
      `insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
       select id, gen_random_uuid(), assigned_marker_id, gen_random_uuid(), now() from copy where id = $1`,
    ],
    [
      `update page set copy_id = $1, page_index = 0
        where id = (select id from page where copy_id is distinct from $1 limit 1)`,
    ],
    ['update page set copy_id = null, page_index = null where copy_id = $1'],
  ])('an erased copy takes nothing and goes nowhere: %s', async (statement) => {
    expect(await ask('url', statement, erased)).toBe('copy_is_erased')
    // Nor for an administrator of the database, who is not asked for rights.
    expect(await ask('ownerUrl', statement, erased)).toBe('copy_is_erased')
  })

  it('an erased copy does not come back to life, not even by an administrator', async () => {
    expect(await ask('ownerUrl', 'update copy set erased_at = null where id = $1', erased)).toBe(
      'copy_is_erased',
    )
  })

  it.each([
    ['update copy set erased_at = now() where id = $1'],
    ['update batch set original_sha256 = null where id in (select batch_id from copy where id = $1)'],
    ['update page set full_sha256 = null where copy_id = $1'],
    ['delete from grading_result where copy_id = $1'],
    ['delete from score where copy_id = $1'],
    ['delete from remark where copy_id = $1'],
    ['insert into erased_blob select $1::uuid, repeat($$a$$, 64)'],
    ['insert into erased_blob (batch_id, sha256) select batch_id, repeat($$a$$, 64) from copy where id = $1'],
  ])('the application erases nothing: %s', async (statement) => {
    expect(await ask('url', statement, living)).toBe('42501')
  })

  it.each([
    [
      'update copy set erased_at = now(), original_sha256 = null, prepared_sha256 = null where id = $1',
      'copy_erasure_has_event',
    ],
    ['update copy set erased_at = now(), event_seq = event_seq + 1 where id = $1', 'copy_erased_is_empty'],
    [
      'update batch set file_name_sealed = null where id in (select batch_id from copy where id = $1)',
      'batch_forgets_its_scan_whole',
    ],
    ['update page set full_sha256 = null where copy_id = $1', 'page_forgets_its_images_whole'],
    ['delete from grading_result where copy_id = $1', 'graded_marks_stay'],
  ])('the eraser erases by the rules: %s', async (statement, refusal) => {
    expect(await ask('eraserUrl', statement, living)).toBe(refusal)
  })

  it.each([
    ['select text from annotation where copy_id = $1'],
    ['select points_hundredths from score where copy_id = $1'],
    ['select text from remark where copy_id = $1'],
    ['select final_score_hundredths from grading_result where copy_id = $1'],
    ['select file_name_sealed from batch where id <> $1'],
    ['select name from people.account where id <> $1'],
    ['select data from pgboss.job where id <> $1'],
    ['update copy set status = status where id = $1'],
    ['delete from page where copy_id = $1'],
    ['delete from copy where id = $1'],
  ])('the eraser sees nobody’s marks and does nothing else: %s', async (statement) => {
    expect(await ask('eraserUrl', statement, living)).toBe('42501')
  })

  it.each([`status = 'UPLOADED'`, `status = 'IMPORTING'`])(
    'no import begins without its scan: %s',
    async (change) => {
      const statement = `update batch set ${change} where id in (select batch_id from copy where id = $1)`
      expect(await ask('ownerUrl', statement, erased)).toBe('batch_imports_a_scan')
    },
  )

  it('the files of an erasure are a copy’s or a batch’s, and of one of them alone', async () => {
    const ofBoth = `insert into erased_blob (copy_id, batch_id, sha256)
                    select id, batch_id, repeat('a', 64) from copy where id = $1`
    expect(await ask('eraserUrl', ofBoth, living)).toBe('erased_blob_is_of_one')
    const ofNone = `insert into erased_blob (sha256) select repeat('a', 64) from copy where id = $1`
    expect(await ask('eraserUrl', ofNone, living)).toBe('erased_blob_is_of_one')
  })

  it('marks of an earlier version stay with a copy that was not erased', async () => {
    await room.staff.admin.post(`${pathOf(living)}/reopen`, { body: { reason: 'appeal' } })
    const ofEarlier = 'delete from annotation where copy_id = $1 and copy_version = 1'
    expect(await ask('url', ofEarlier, living)).toBe('graded_marks_stay')
    for (const table of ['annotation', 'score', 'remark']) {
      const ofAll = `delete from ${table} where copy_id = $1`
      expect(await ask('eraserUrl', ofAll, living)).toBe('graded_marks_stay')
    }
  })
})
