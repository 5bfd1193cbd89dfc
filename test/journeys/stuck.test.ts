import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRepairer, type Repairer } from '../../src/bin/open-repairer.ts'
import { runInContext } from '../../src/observability/context.ts'
import type { Id } from '../../src/observability/id.ts'
import type { QueueName } from '../../src/observability/vocabulary.ts'
import type { RepairAction } from '../../src/operations/contract.ts'
import { type GivenSubjects, performRepair, planRepair } from '../../src/operations/repair.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { askRows } from '../../src/operations/store.ts'
import { STUCK, STUCK_KINDS, type StuckKind } from '../../src/operations/stuck.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { newId, newRef } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'
import { type CopyWorkshop, openCopyWorkshop } from '../support/copy-in-state.ts'
import { runAs } from '../support/database.ts'
import { formOf } from '../support/scans.ts'

describe('what is stuck', () => {
  let app: TestApp
  let admin: TestClient
  let marker: TestClient
  let workshop: CopyWorkshop
  let examId: string
  let repairer: Repairer
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    admin = await app.signIn('admin')
    marker = await app.signIn('marker')
    workshop = await openCopyWorkshop(app, admin)
    const [exam] = await sql<{ id: string }>('select id from exam')
    examId = exam?.id ?? ''
    const env = { PARAPH_DATA: app.folder, DATABASE_URL: app.database.url }
    repairer = await openRepairer(loadConfig({}, env))
  })
  afterAll(async () => {
    await repairer?.close()
    await workshop?.close()
    await app?.close()
  })

  const sql = <R extends object>(statement: string, values: unknown[] = []) =>
    runAs<R & Record<string, unknown>>(app.database.ownerUrl, statement, values)
  /** As somebody does who goes around the guards of a table. */
  const tamper = (table: 'copy' | 'batch', statement: string) =>
    sql(`alter table ${table} disable trigger all; ${statement}; alter table ${table} enable trigger all`)

  async function upload(): Promise<{ batch: Id; job: Id }> {
    const form = await formOf(Buffer.from('%PDF-1.7\n'), 'scan.pdf')
    const { body } = await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, { form })
    const [row] = await sql<{ job: Id }>('select import_job_id as job from batch where id = $1', [body.id])
    return { batch: idSchema.parse(body.id), job: row?.job as Id }
  }
  async function jobAs(state: string): Promise<Id> {
    const { job } = await upload()
    await sql(`update pgboss.job set ${state} where id = $1`, [job])
    return job
  }
  async function failedBatch(): Promise<Id> {
    const { batch, job } = await upload()
    await tamper(
      'batch',
      `update batch set status = 'FAILED', error_code = 'internal',
                    finished_at = clock_timestamp() where id = '${batch}'`,
    )
    await sql('delete from pgboss.job where id = $1', [job])
    return batch
  }
  const copyIn = async (status: 'LOCKED' | 'READY' | 'GRADING_FAILED', leaseMs?: number): Promise<Id> =>
    (await workshop.make({ status, marker, ...(leaseMs === undefined ? {} : { leaseMs }) })).copyId

  /** Puts one of each kind in, in earnest, and says by what its row is known. */
  const PUT_IN: Readonly<Record<StuckKind, () => Promise<string>>> = {
    'waiting-imports': async () => {
      const { batch, job } = await upload()
      await sql(`update pgboss.job set start_after = now() - interval '1 minute' where id = $1`, [job])
      return batch
    },
    'waiting-finalizations': async () => {
      const copyId = await copyIn('READY')
      const payload = { envelope: { requestId: newId(), jobId: newRef() }, payload: { copyId, version: 1 } }
      const job = await app.services.boss.send('finalize-copy', payload)
      await sql(`update pgboss.job set start_after = now() - interval '1 minute' where id = $1`, [job])
      return copyId
    },
    'abandoned-jobs': () =>
      jobAs(`state = 'active', started_on = now() - interval '1 hour', heartbeat_seconds = null,
             heartbeat_on = now() - interval '1 minute'`),
    'unheard-jobs': () => jobAs(`state = 'failed', completed_on = now() - interval '1 minute'`),
    'postponed-jobs': () => jobAs(`start_after = now() + interval '1 hour'`),
    'paused-queues': async () => {
      await sql(`insert into queue_pause (queue, reason_code) values ('finalize-copy', 'requested')`)
      return 'finalize-copy'
    },
    'failed-imports': failedBatch,
    'failed-finalizations': () => copyIn('GRADING_FAILED'),
    'expired-locks': () => copyIn('LOCKED', -60_000),
    'moved-without-event': async () => {
      const copyId = await copyIn('READY')
      await tamper('copy', `update copy set status = 'STAGING' where id = '${copyId}'`)
      return copyId
    },
  }

  const PROBES = SCENARIOS.flatMap(({ causes }) => causes.flatMap(({ probes }) => probes))
  async function seenByDoctor(kind: StuckKind): Promise<readonly unknown[]> {
    const probe = PROBES.find(({ id }) => id === kind) ?? expect.fail(`no cause asks ${kind}`)
    const rows = await askRows(app.services.db, probe.text)
    return rows.map((row) => row[STUCK[kind].about])
  }
  async function counted(kind: StuckKind): Promise<number | undefined> {
    await app.collectGauges()
    return app.metric('grading_stuck_items', { kind })
  }
  const commandOf = (action: RepairAction, kind: StuckKind, subject: string) => ({
    action,
    subjects: { [STUCK[kind].about]: subject as Id & QueueName } as GivenSubjects,
    reason: 'cause-removed' as const,
  })
  const plan = (action: RepairAction, kind: StuckKind, subject: string) =>
    planRepair(repairer.deps, commandOf(action, kind, subject))
  const perform = (action: RepairAction, kind: StuckKind, subject: string) =>
    runInContext({ requestId: newId(), actor: repairer.actor }, () =>
      performRepair(repairer.deps, commandOf(action, kind, subject)),
    )

  it.each(STUCK_KINDS)('%s: the metric counts the rows that the doctor shows', async (kind) => {
    const before = await seenByDoctor(kind)
    expect(await counted(kind)).toBe(before.length)
    const one = await PUT_IN[kind]()
    expect((await seenByDoctor(kind)).toSorted()).toEqual([...before, one].toSorted())
    expect(await counted(kind)).toBe(before.length + 1)
    expect(await app.metric('grading_stuck_oldest_seconds', { kind })).toBeGreaterThanOrEqual(0)
  })

  const MENDED = STUCK_KINDS.flatMap((kind) => STUCK[kind].mendedBy.map((action) => [kind, action] as const))

  it.each(MENDED)('%s are those that %s may be done to, after which they are none', async (kind, action) => {
    const shown = await seenByDoctor(kind)
    const one = String(shown[0] ?? (await PUT_IN[kind]()))
    await plan(action, kind, one)
    await perform(action, kind, one)
    expect(await seenByDoctor(kind)).not.toContain(one)
    await expect(plan(action, kind, one)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:repair-not-applicable|illegal-transition)$/),
    })
    await expect(perform(action, kind, one)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:repair-not-applicable|illegal-transition)$/),
    })
  })

  it('a failed batch that a later scan made good can be neither imported nor dismissed any more', async () => {
    const batch = await failedBatch()
    const later = await upload()
    // Whatever had failed of this exam is made good with it.
    await tamper(
      'batch',
      `update batch set status = 'IMPORTED' where id = '${later.batch}';
                  update batch set dismissed_at = now() where status = 'FAILED' and id <> '${batch}'`,
    )
    expect(await seenByDoctor('failed-imports')).toEqual([])
    for (const action of ['retry-import', 'dismiss-import'] as const) {
      const why = { code: 'repair-not-applicable', title: expect.stringContaining('waits for nobody') }
      await expect(plan(action, 'failed-imports', batch)).rejects.toMatchObject(why)
      await expect(perform(action, 'failed-imports', batch)).rejects.toMatchObject(why)
    }
  })

  it('a dismissed batch is told on its stream, and stays as it is', async () => {
    const batch = await failedBatch()
    await perform('dismiss-import', 'failed-imports', batch)
    const [row] = await sql(
      `select b.status, b.dismissed_at is not null as dismissed, e.metadata, e.actor_kind as actor
         from batch b join audit_event e on e.stream_ref = b.stream_ref and e.seq = b.event_seq where b.id = $1`,
      [batch],
    )
    expect(row).toMatchObject({
      ...{ status: 'FAILED', dismissed: true, actor: 'operator' },
      metadata: { action: 'dismiss-import', reason_code: 'cause-removed' },
    })
  })
})
