import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COPY_STATUSES } from '../../src/copies/contract.ts'
import { assertTransition, TRANSITIONS } from '../../src/copies/status.ts'
import { newRef } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExam, makeReadyCopy, type Staff } from '../support/builders.ts'
import { runAs } from '../support/database.ts'

describe('what the database refuses', () => {
  let app: TestApp
  let staff: Staff
  let copyId: string
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    copyId = (await importScan(staff)).batch.copies[0]
  })
  afterAll(() => app?.close())

  it.each([
    ['UPDATE', `update audit_event set action = 'LOCK'`],
    ['DELETE', 'delete from audit_event'],
    ['TRUNCATE', 'truncate audit_event cascade'],
    ['UPDATE of a sealed value', `update audit_sealed set sealed = ''`],
    ['DELETE of a sealed value', 'delete from audit_sealed'],
    ['disabling the trigger', 'alter table audit_event disable trigger all'],
    ['dropping the table', 'drop table audit_event cascade'],
    ['switching triggers off for the session', `set session_replication_role = 'replica'`],
  ])('the application’s login: %s on events', async (_, statement) => {
    await expect(runAs(app.database.url, statement)).rejects.toMatchObject({ code: '42501' })
  })

  it.each([
    ['UPDATE', `update audit_event set action = 'LOCK'`],
    ['DELETE', 'delete from audit_event'],
    ['TRUNCATE', 'truncate audit_event cascade'],
  ])('even the superuser: %s on events, also as a replica', async (_, statement) => {
    await expect(runAs(app.database.ownerUrl, statement)).rejects.toMatchObject({ code: '42501' })
    const asReplica = `set session_replication_role = 'replica'; ${statement}`
    await expect(runAs(app.database.ownerUrl, asReplica)).rejects.toMatchObject({ code: '42501' })
  })

  it('no foreign key leads from an event to a business row', async () => {
    const rows = await runAs(
      app.database.ownerUrl,
      `select 1 from pg_constraint where conrelid = 'audit_event'::regclass and contype = 'f'`,
    )
    expect(rows).toEqual([])
  })

  it('its table of legal moves is that of the code', async () => {
    const rows = await runAs<{ pair: string }>(
      app.database.ownerUrl,
      `select from_status || '>' || to_status as pair from copy_transition`,
    )
    const moves = Object.values(TRANSITIONS).filter(({ from, to }) => from !== to)
    const pairs = new Set(moves.map(({ from, to }) => `${from}>${to}`))
    expect(new Set(rows.map(({ pair }) => pair))).toEqual(pairs)
  })

  it('refuses every illegal move of a copy, whoever asks', async () => {
    const legal = new Set(Object.values(TRANSITIONS).map(({ from, to }) => `${from}>${to}`))
    let refused = 0
    for (const to of COPY_STATUSES.filter(
      (status) => status !== 'STAGING' && !legal.has(`STAGING>${status}`),
    )) {
      const statement =
        'update copy set status = $2, event_seq = event_seq + 1, finalize_job_id = $3 where id = $1'
      const jobId = to === 'GRADING_IN_PROGRESS' ? newRef() : null
      await expect(runAs(app.database.ownerUrl, statement, [copyId, to, jobId]), to).rejects.toMatchObject({
        constraint: 'copy_transition_is_legal',
      })
      refused += 1
    }
    expect(refused).toBe(4)
  })

  it('refuses a move without an event, a forgotten event and a new version out of turn', async () => {
    const change = (set: string) =>
      runAs(app.database.ownerUrl, `update copy set ${set} where id = $1`, [copyId])
    await expect(change(`status = 'READY'`)).rejects.toMatchObject({ constraint: 'copy_move_has_event' })
    await expect(change('event_seq = event_seq - 1')).rejects.toMatchObject({ constraint: 'copy_identity' })
    await expect(change('version = 2')).rejects.toMatchObject({
      constraint: 'copy_version_grows_by_reopening',
    })
  })

  it('refuses LOCKED without a lease and a lease without LOCKED', async () => {
    const path = await makeReadyCopy(staff)
    const readyId = path.split('/').at(-1)
    const set = `update copy set status = 'LOCKED', event_seq = event_seq + 1 where id = $1`
    await expect(runAs(app.database.ownerUrl, set, [readyId])).rejects.toMatchObject({
      constraint: 'copy_locked_means_lease',
    })
    const put = `insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
                 values ($1, gen_random_uuid(), $2, gen_random_uuid(), now() + interval '1 hour')`
    await expect(runAs(app.database.ownerUrl, put, [readyId, staff.admin.accountId])).rejects.toMatchObject({
      constraint: 'copy_locked_means_lease',
    })
  })

  it('refuses GRADED without a result', async () => {
    const path = await makeReadyCopy(staff)
    const id = path.split('/').at(-1)
    const client = `begin;
      insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
        values ('${id}', gen_random_uuid(), '${staff.admin.accountId}', gen_random_uuid(), now() + interval '1 hour');
      update copy set status = 'LOCKED', event_seq = event_seq + 1 where id = '${id}';
      delete from copy_lock where copy_id = '${id}';
      update copy set status = 'GRADING_IN_PROGRESS', event_seq = event_seq + 1, finalize_job_id = gen_random_uuid() where id = '${id}';
      update copy set status = 'GRADED', event_seq = event_seq + 1, finalize_job_id = null where id = '${id}';
      commit`
    await expect(runAs(app.database.ownerUrl, client)).rejects.toMatchObject({
      constraint: 'copy_graded_has_result',
    })
  })
})

describe('what the code refuses', () => {
  const moves = Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[]

  it.each(moves)('%s is possible from its own state only', (move) => {
    for (const status of COPY_STATUSES.filter((candidate) => candidate !== TRANSITIONS[move].from)) {
      expect(() => assertTransition(status, move), status).toThrow(/^(illegal-transition|not-locked)$/)
    }
    expect(assertTransition(TRANSITIONS[move].from, move)).toBe(TRANSITIONS[move].to)
  })
})
