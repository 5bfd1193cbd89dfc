import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INTEGRATOR_LOCK } from '../../src/audit/integrator.ts'
import { openRepairer, type Repairer } from '../../src/bin/open-repairer.ts'
import { performImport, recordLostImport } from '../../src/copies/import.ts'
import { runInContext } from '../../src/observability/context.ts'
import type { Id } from '../../src/observability/id.ts'
import { REPAIR_ACTIONS, type RepairAction } from '../../src/operations/contract.ts'
import { type GivenSubjects, performRepair, planRepair } from '../../src/operations/repair.ts'
import { replayLog } from '../../src/operations/replay.ts'
import { createEnginePool, type EnginePool } from '../../src/pdf/engine-pool.ts'
import { listActorRefs } from '../../src/people/store.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { newId, newRef } from '../../src/platform/ids.ts'
import { loadKeys, operatorRef } from '../../src/platform/keys.ts'
import { SWEEPER_LOCK } from '../../src/queue/sweep.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startCommand } from '../support/command.ts'
import { type CopyWorkshop, openCopyWorkshop } from '../support/copy-in-state.ts'
import { runAs } from '../support/database.ts'
import { formOf, makeScan } from '../support/scans.ts'

const NOTE = 'Zqvx le surveillant a appelé'

describe('repairs', () => {
  let app: TestApp
  let staff: Staff
  let workshop: CopyWorkshop
  let marker: TestClient
  let repairer: Repairer
  let engines: EnginePool
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    staff = await makeExam(app)
    marker = staff.marker
    workshop = await openCopyWorkshop(app, staff.admin)
    const { url, integratorUrl, eraserUrl } = app.database
    repairer = await openRepairer(
      loadConfig(
        {},
        {
          PARAPH_DATA: app.folder,
          DATABASE_URL: url,
          DATABASE_INTEGRATOR_URL: integratorUrl,
          DATABASE_ERASER_URL: eraserUrl,
        },
      ),
    )
    engines = createEnginePool({ workDirectory: join(app.folder, 'work', 'engine'), size: 1 })
  })
  afterAll(async () => {
    await engines?.close()
    await repairer?.close()
    await workshop?.close()
    await app?.close()
  })

  const sql = <R extends object>(statement: string, values: unknown[] = []) =>
    runAs<R & Record<string, unknown>>(app.database.ownerUrl, statement, values)
  const commandOf = (action: RepairAction, subjects: GivenSubjects) =>
    ({ action, subjects, reason: 'cause-removed', note: NOTE }) as const
  const plan = (action: RepairAction, subjects: GivenSubjects = {}) =>
    planRepair(repairer.deps, commandOf(action, subjects))
  const perform = (action: RepairAction, subjects: GivenSubjects = {}) =>
    runInContext({ requestId: newId(), actor: repairer.actor }, () =>
      performRepair(repairer.deps, commandOf(action, subjects)),
    )
  const repairsOf = async (action: RepairAction) =>
    (
      await sql<{ kind: string; ref: Id; actor: string; metadata: Record<string, unknown> }>(
        `select stream_kind as kind, actor_ref as ref, actor_kind as actor, metadata from audit_event
          where action = 'REPAIR' and metadata ->> 'action' = $1 order by id`,
        [action],
      )
    ).map(({ kind, actor, metadata }) => ({ kind, actor, metadata }))
  /** All that a repair could change. */
  const everything = async () =>
    JSON.stringify(
      await sql(`
        select (select jsonb_agg(to_jsonb(c) order by c.id) from copy c) as copies,
               (select jsonb_agg(to_jsonb(b) order by b.id) from batch b) as batches,
               (select jsonb_agg(to_jsonb(l) order by l.copy_id) from copy_lock l) as locks,
               (select jsonb_agg(to_jsonb(j) order by j.id) from pgboss.job j) as jobs,
               (select jsonb_agg(q.queue order by q.queue) from queue_pause q) as pauses,
               (select count(*) from audit_event) as events, (select count(*) from audit_spool) as spooled,
               (select event_seq from audit_system_stream) as place`),
    )
  async function plansWithoutChange(action: RepairAction, subjects: GivenSubjects = {}) {
    const before = await everything()
    const told = await plan(action, subjects)
    expect(await everything()).toBe(before)
    return told
  }
  const event = (kind: string, metadata: object) => ({
    kind,
    actor: 'operator',
    metadata: expect.objectContaining({ reason_code: 'cause-removed', ...metadata }),
  })
  async function upload(content: Uint8Array, pagesPerCopy?: number): Promise<Id> {
    const query = `?duplicate=allow${pagesPerCopy ? `&pagesPerCopy=${pagesPerCopy}` : ''}`
    const form = await formOf(content, 'scan.pdf')
    const { body } = await staff.admin.post(`/api/exams/${staff.examId}/batches${query}`, { form })
    return idSchema.parse(body.id)
  }
  const jobOf = async (batchId: Id) =>
    (await sql<{ job: Id }>('select import_job_id as job from batch where id = $1', [batchId]))[0]?.job as Id

  it.each([
    ['one copy', undefined],
    ['a stack', 2],
  ] as const)(
    'a failed import of %s is done again by another job',
    async (_what, pagesPerCopy) => {
      const batch = await upload(await makeScan(), pagesPerCopy)
      await expect(plan('retry-import', { batch })).rejects.toMatchObject({ code: 'repair-not-applicable' })
      const first = await jobOf(batch)
      const importing = { ...app.services, pool: engines, workDirectory: join(app.folder, 'work') }
      const asSystem = <T>(work: () => Promise<T>) =>
        runInContext({ requestId: newId(), actor: { kind: 'system' } }, work)
      await asSystem(() => recordLostImport(importing, { batchId: batch }, { id: first }))
      const before = (await repairsOf('retry-import')).length

      const told = await plansWithoutChange('retry-import', { batch })
      expect(told.sentence).toBe(`import batch ${batch} again, from its beginning`)
      await perform('retry-import', { batch })
      await expect(perform('retry-import', { batch })).rejects.toMatchObject({
        code: 'repair-not-applicable',
      })

      const second = await jobOf(batch)
      expect(second).not.toBe(first)
      const [job] = await sql('select state from pgboss.job where id = $1', [second])
      expect(job).toMatchObject({ state: 'created' })
      const attempt = { attempt: 1, isLastAttempt: false }
      await asSystem(() => performImport(importing, { batchId: batch }, { id: first, ...attempt }))
      const [waiting] = await sql('select status from batch where id = $1', [batch])
      expect(waiting).toMatchObject({ status: 'UPLOADED' })
      await asSystem(() => performImport(importing, { batchId: batch }, { id: second, ...attempt }))
      const [ended] = await sql('select status, error_code as code from batch where id = $1', [batch])
      expect(ended).toEqual({ status: 'IMPORTED', code: null })
      expect((await repairsOf('retry-import')).slice(before)).toEqual([
        event('batch', { action: 'retry-import' }),
      ])
    },
    30_000,
  )

  it('a copy whose finalization failed is graded again', async () => {
    const { copyId: copy } = await workshop.make({ status: 'GRADING_FAILED', marker })
    const told = await plansWithoutChange('retry-finalization', { copy })
    expect(told.sentence).toContain(copy)
    await perform('retry-finalization', { copy })
    await expect(perform('retry-finalization', { copy })).rejects.toMatchObject({
      code: 'illegal-transition',
    })
    const facts = await workshop.read(copy)
    expect(facts).toMatchObject({ status: 'GRADING_IN_PROGRESS', jobs: 1 })
    expect(facts.events.slice(-2).map(({ action }) => action)).toEqual(['REPAIR', 'FINALIZE_REQUEST'])
    expect(await repairsOf('retry-finalization')).toEqual([event('copy', { action: 'retry-finalization' })])
  })

  it('a lock is ended whoever holds it', async () => {
    const { copyId: copy } = await workshop.make({ status: 'LOCKED', marker })
    await plansWithoutChange('force-release', { copy })
    await perform('force-release', { copy })
    await expect(perform('force-release', { copy })).rejects.toMatchObject({ code: 'not-locked' })
    const facts = await workshop.read(copy)
    expect(facts).toMatchObject({ status: 'READY', token: null })
    expect(facts.events.slice(-2)).toMatchObject([
      { action: 'REPAIR', metadata: { action: 'force-release', reason_code: 'cause-removed' } },
      { action: 'UNLOCK', metadata: { reason: 'forced', reason_code: 'cause-removed' } },
    ])
  })

  it('a job whose worker is dead runs again as its next attempt', async () => {
    const { copyId: copy } = await workshop.make({ status: 'GRADING_FAILED', marker })
    await perform('retry-finalization', { copy })
    const job = (await workshop.read(copy)).jobId as Id
    await expect(plan('requeue', { job })).rejects.toMatchObject({ code: 'repair-not-applicable' })
    // Without `heartbeat_seconds` the supervisor, which does the same, is not faster.
    const beat = (secondsAgo: number) =>
      sql(
        `update pgboss.job
            set state = 'active', started_on = now() - interval '1 minute', heartbeat_seconds = null,
                heartbeat_on = now() - make_interval(secs => $2)
          where id = $1`,
        [job, secondsAgo],
      )
    await beat(0)
    await expect(plan('requeue', { job })).rejects.toMatchObject({
      title: 'A worker runs this job, and gives signs of life.',
    })
    await beat(30)
    const told = await plansWithoutChange('requeue', { job })
    expect(told.sentence).toBe(`run job ${job} of the queue finalize-copy again, now`)
    await perform('requeue', { job })
    await expect(perform('requeue', { job })).rejects.toMatchObject({ code: 'repair-not-applicable' })
    const taken = await app.services.boss.fetch('finalize-copy', { includeMetadata: true, batchSize: 50 })
    expect(taken.find(({ id }) => id === job)).toMatchObject({ retryCount: 1 })
    const repairs = await repairsOf('requeue')
    expect(repairs).toEqual([event('copy', { action: 'requeue', job_ref: job, queue: 'finalize-copy' })])
  })

  it('a preparation that is put off for too long runs again, too', async () => {
    const { copyId: copy } = await workshop.make({ status: 'STAGING', marker })
    const job = await app.services.boss.send(
      'prepare-copy',
      { envelope: { requestId: newId(), jobId: newRef() }, payload: { copyId: copy, pagesVersion: 1 } },
      { startAfter: 3_600 },
    )
    await plansWithoutChange('requeue', { job: job as Id })
    await perform('requeue', { job: job as Id })
    const [row] = await sql('select state::text, start_after <= now() as now from pgboss.job where id = $1', [
      job,
    ])
    expect(row).toEqual({ state: 'retry', now: true })
    expect((await repairsOf('requeue')).at(-1)).toEqual(
      event('copy', { action: 'requeue', job_ref: job, queue: 'prepare-copy' }),
    )
  })

  it('a failed job runs again only while something waits for it, and is then not declared lost', async () => {
    const { copyId: copy } = await workshop.make({ status: 'GRADING_FAILED', marker })
    await perform('retry-finalization', { copy })
    const job = (await workshop.read(copy)).jobId as Id
    await sql(
      `update pgboss.job set state = 'failed', completed_on = now() - interval '1 minute', retry_count = 2
        where id = $1`,
      [job],
    )
    await app.services.boss.send('finalize-copy-lost', {
      envelope: { requestId: newId(), jobId: job },
      payload: { copyId: copy, version: 1 },
    })
    await plansWithoutChange('requeue', { job })
    await perform('requeue', { job })
    const rows = await sql(
      `select name, state::text, retry_limit from pgboss.job where data -> 'envelope' ->> 'jobId' = $1`,
      [job],
    )
    expect(rows).toEqual([{ name: 'finalize-copy', state: 'retry', retry_limit: 3 }])

    const ended = await app.services.boss.send('finalize-copy', {
      envelope: { requestId: newId(), jobId: newRef() },
      payload: { copyId: copy, version: 1 },
    })
    await sql(
      `update pgboss.job set state = 'failed', completed_on = now() - interval '1 minute' where id = $1`,
      [ended],
    )
    await expect(plan('requeue', { job: ended as Id })).rejects.toMatchObject({
      code: 'repair-not-applicable',
    })
    await expect(plan('requeue', { job: newRef() })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('a queue is paused and resumed', async () => {
    const queue = 'import-batch' as const
    await expect(perform('resume-queue', { queue })).rejects.toMatchObject({ code: 'repair-not-applicable' })
    await plansWithoutChange('pause-queue', { queue })
    await perform('pause-queue', { queue })
    await expect(perform('pause-queue', { queue })).rejects.toMatchObject({ code: 'repair-not-applicable' })
    expect(await sql('select queue, reason_code as reason, paused_by as actor from queue_pause')).toEqual([
      { queue, reason: 'cause-removed', actor: repairer.actor.kind === 'operator' && repairer.actor.ref },
    ])
    await plansWithoutChange('resume-queue', { queue })
    await perform('resume-queue', { queue })
    expect(await sql('select queue from queue_pause')).toEqual([])
    expect(await repairsOf('pause-queue')).toEqual([event('system', { action: 'pause-queue', queue })])
    expect(await repairsOf('resume-queue')).toEqual([event('system', { action: 'resume-queue', queue })])
  })

  it('what waits in the spool is moved to its table, the event of the repair too', async () => {
    await sql('revoke insert on audit_event from paraph_app')
    try {
      await perform('pause-queue', { queue: 'finalize-copy' })
      expect(await plansWithoutChange('drain-spool')).toMatchObject({ facts: { spooled: 1 } })
      expect(await perform('drain-spool')).toMatchObject({
        facts: { moved: 2, stuck: 0 },
        isUnfinished: false,
      })
    } finally {
      await sql('grant insert on audit_event to paraph_app')
    }
    expect(await perform('drain-spool')).toMatchObject({ facts: { moved: 0, stuck: 0 } })
    expect(await repairsOf('drain-spool')).toEqual([
      event('system', { action: 'drain-spool', events: 1 }),
      event('system', { action: 'drain-spool', events: 0 }),
    ])
    await perform('resume-queue', { queue: 'finalize-copy' })
  })

  /** A session that waits to be ended, as the login of a process of ours or as the superuser. */
  async function holdSession(url: string, ...statements: string[]) {
    const client = new pg.Client({ connectionString: url })
    let isEnded = false
    client.on('error', () => undefined)
    client.on('end', () => {
      isEnded = true
    })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return { pid: rows[0]?.pid ?? 0, isEnded: () => isEnded, end: () => client.end().catch(() => undefined) }
  }

  it.each([
    ['restart-sweeper', SWEEPER_LOCK, () => app.database.url],
    ['restart-integrator', INTEGRATOR_LOCK, () => app.database.integratorUrl],
  ] as const)(
    '%s ends the session that holds the place, so that it is taken anew',
    async (action, lock, url) => {
      await expect(plan(action)).rejects.toMatchObject({ code: 'repair-not-applicable' })
      const stranger = await holdSession(app.database.ownerUrl, `select pg_advisory_lock(${lock})`)
      await expect(perform(action)).rejects.toMatchObject({ code: 'repair-not-applicable' })
      expect(stranger.isEnded()).toBe(false)
      await stranger.end()

      const holder = await holdSession(url(), `select pg_advisory_lock(${lock})`)
      expect(await plansWithoutChange(action)).toMatchObject({ facts: { pid: holder.pid } })
      expect(holder.isEnded()).toBe(false)
      await perform(action)
      await expect.poll(holder.isEnded).toBe(true)
      await expect(perform(action)).rejects.toMatchObject({ code: 'repair-not-applicable' })
      expect(await repairsOf(action)).toEqual([event('system', { action, session_pid: holder.pid })])
    },
  )

  it('a session of ours for which others wait is ended, and no other', async () => {
    const { copyId: copy } = await workshop.make({ status: 'READY', marker })
    const take = `select 1 from copy where id = '${copy}' for update`
    const blocker = await holdSession(app.database.url, 'begin', take)
    await expect(plan('end-session', { pid: blocker.pid })).rejects.toMatchObject({
      title: 'Nobody waits for this session.',
    })
    const waiting = marker.post(`/api/copies/${copy}/lock`)
    await expect.poll(() => workshop.countWaiting()).toBe(1)
    await plansWithoutChange('end-session', { pid: blocker.pid })
    await perform('end-session', { pid: blocker.pid })
    expect(await waiting).toMatchObject({ status: 200 })
    await expect.poll(blocker.isEnded).toBe(true)
    expect(await repairsOf('end-session')).toEqual([
      event('system', { action: 'end-session', session_pid: blocker.pid }),
    ])
    await expect(perform('end-session', { pid: blocker.pid })).rejects.toMatchObject({
      code: 'repair-not-applicable',
    })

    const stranger = await holdSession(app.database.ownerUrl, 'begin', take)
    const held = marker.post(`/api/copies/${copy}/lock`)
    await expect.poll(() => workshop.countWaiting()).toBe(1)
    await expect(perform('end-session', { pid: stranger.pid })).rejects.toMatchObject({
      code: 'repair-not-applicable',
    })
    expect(stranger.isEnded()).toBe(false)
    await stranger.end()
    await held
  })

  it('a session that holds the stream of the installation is ended all the same, and that is recorded', async () => {
    const blocker = await holdSession(
      app.database.url,
      'begin',
      'select 1 from audit_system_stream for update',
    )
    // A repair of another operator waits to record itself.
    const waiting = perform('pause-queue', { queue: 'finalize-copy' })
    await expect.poll(() => workshop.countWaiting()).toBe(1)
    const startedAt = performance.now()
    const told = await perform('end-session', { pid: blocker.pid })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(told.isUnfinished).toBeUndefined()
    await waiting
    await expect.poll(blocker.isEnded).toBe(true)
    expect((await repairsOf('end-session')).at(-1)).toEqual(
      event('system', { action: 'end-session', session_pid: blocker.pid }),
    )
    await perform('resume-queue', { queue: 'finalize-copy' })
  })

  it('what was done and could not be recorded is told as unfinished', async () => {
    const take = 'select 1 from audit_system_stream for update'
    const blocker = await holdSession(app.database.url, 'begin', take)
    // It comes to hold the stream as soon as the first is gone, and keeps it.
    const next = new pg.Client({ connectionString: app.database.url })
    await next.connect()
    await next.query('begin')
    const waiting = next.query(take)
    await expect.poll(() => workshop.countWaiting()).toBe(1)
    const before = (await repairsOf('end-session')).length
    const told = await perform('end-session', { pid: blocker.pid })
    expect(told).toMatchObject({ isUnfinished: true, sentence: expect.stringContaining('note down') })
    expect(app.lines.some(({ event: name }) => name === 'repair.unrecorded')).toBe(true)
    await waiting
    await next.end()
    expect(await repairsOf('end-session')).toHaveLength(before)
  })

  it('takes exactly what the action is about', async () => {
    const given = { copy: newRef(), queue: 'import-batch' } as const
    for (const action of REPAIR_ACTIONS) {
      await expect(plan(action, given)).rejects.toMatchObject({ code: 'invalid-request' })
    }
    await expect(plan('retry-import')).rejects.toMatchObject({
      title: 'Say what to repair: retry-import takes a batch and nothing else.',
    })
  })

  it('leave a log that can be lived again, and no note that can be read', async () => {
    const { db, keys } = app.services
    const { findings, doubts } = await replayLog({ db, keys, listActorRefs })
    expect({ findings, doubts }).toEqual({ findings: [], doubts: [] })
    const stored = JSON.stringify([
      await everything(),
      await sql('select metadata, leaf from audit_event'),
      app.lines,
    ])
    expect(stored).toContain('retry-import')
    expect(stored).not.toContain('Zqvx')
    const [sealed] = await sql<{ notes: number }>(
      `select count(*)::int as notes from audit_sealed where field = 'note'`,
    )
    expect(sealed?.notes).toBeGreaterThan(10)
  })

  describe('at the command line', () => {
    const run = (args: readonly string[], env: Record<string, string> = {}) =>
      startCommand(app.folder, ['repair', ...args], {
        env: { DATABASE_URL: app.database.url, DATABASE_INTEGRATOR_URL: app.database.integratorUrl, ...env },
      }).ended
    const NO_DATABASE = 'postgres://nobody@127.0.0.1:9/none'
    const REASON = ['--reason', 'marker-unreachable'] as const

    it('say what they would do, then do it as the operator, and leave a report', async () => {
      const { copyId: copy } = await workshop.make({ status: 'LOCKED', marker })
      const told = await run(['force-release', '--copy', copy, ...REASON, '--note', NOTE])
      expect(told).toEqual({
        code: 0,
        stdout: `would end the lock of copy ${copy}, whoever holds it\n`,
        stderr: 'paraph: nothing was done; add --yes to do it.\n',
      })
      const report = join(app.folder, 'repair.json')
      const args = ['force-release', '--copy', copy, ...REASON, '--note', NOTE, '--yes', '--report', report]
      expect(await run(args)).toEqual({
        code: 0,
        stdout: `done: end the lock of copy ${copy}, whoever holds it\n`,
        stderr: '',
      })
      const json = { action: 'force-release', dryRun: false, isUnfinished: false, copy }
      expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual(json)
      const ref = operatorRef(loadKeys(`${app.folder}-keys`), process.getuid?.() ?? 0)
      expect((await workshop.read(copy)).events.at(-2)).toMatchObject({ action: 'REPAIR', actorRef: ref })
      expect(await run([...args, '--json'])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'paraph: This copy is not locked. (not-locked)\n',
      })
    }, 30_000)

    it.each([
      ['an action that is none of ours', ['zzq7', ...REASON]],
      ['no reason', ['force-release', '--copy', newRef()]],
      ['a reason that is none of ours', ['drain-spool', '--reason', 'zzq7']],
      ['a note that is too long', ['drain-spool', ...REASON, '--note', 'zzq7'.repeat(600)]],
      ['nothing to repair', ['requeue', ...REASON]],
      ['what is no id', ['requeue', '--job', 'zzq7', ...REASON]],
      ['two things to repair', ['requeue', '--job', newRef(), '--copy', newRef(), ...REASON]],
    ])(
      'are wrong use with %s, which they do not repeat, also without a database',
      async (_what, args) => {
        for (const env of [{}, { DATABASE_URL: NO_DATABASE }]) {
          const { code, stdout, stderr } = await run(args, env)
          expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
          expect(stderr).not.toContain('zzq7')
        }
      },
      20_000,
    )

    it('cannot tell of a database that does not answer', async () => {
      const { code } = await run(['drain-spool', ...REASON], {
        DATABASE_URL: NO_DATABASE,
      })
      expect(code).toBe(3)
    })
  })
})
