import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newRef } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, makeExam, makeReadyCopy, type Staff } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { runAs } from '../support/database.ts'

describe('the operators’ part of the API', () => {
  let app: TestApp
  let staff: Staff
  let operator: TestClient
  let path: string
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    operator = await app.signIn('operator')
    path = await makeReadyCopy(staff)
  })
  afterAll(() => app?.close())

  const idOf = (address: string) => address.split('/').at(-1) ?? ''
  const ask = (what: string) => operator.get(`/api/operations/${what}`)
  const repair = (body: object) =>
    operator.post('/api/operations/repairs', { body: { reason: 'requested', dryRun: false, ...body } })

  it('says whether each process can do its work; here, no worker listens', async () => {
    const { status, body } = await ask('health')
    expect([status, body.worker]).toEqual([200, null])
    expect(body.api.checks).toMatchObject({ database: 'ok', migrations: 'ok' })
  })

  it('counts what waits, and tells how long what is done has taken', async () => {
    const { body } = await ask('backlog')
    expect(body.queues).toContainEqual({
      ...{ queue: 'import-batch', waiting: 0, active: 0, failed: 0, oldestWaitingSeconds: 0 },
      ...{ pausedAt: null, pausedBy: null },
    })
    expect(body.copies).toMatchObject([{ status: 'READY', copies: 1 }])
    expect(body.batches).toEqual([{ status: 'IMPORTED', batches: 1 }])
    expect(body.audit.pending).toBeGreaterThan(0)
    const { body: durations } = await ask('durations')
    expect(durations.queues).toMatchObject([{ queue: 'import-batch', jobs: 1 }])
    expect(durations.queues[0].medianRunSeconds).toBeGreaterThan(0)
  })

  it('names what is wrong as the doctor does, by ids', async () => {
    const { status, body } = await ask('incidents?minutes=5')
    expect(status).toBe(200)
    expect(body.findings.map((finding: { cause: string }) => finding.cause)).toContain('worker-down')
    expect(body.unreached).toContainEqual(expect.objectContaining({ source: 'api-metrics' }))
  })

  it('finds out once what several ask at the same time, and again when it was changed since', async () => {
    const all = await Promise.all([1, 2, 3].map(() => ask('incidents?minutes=7')))
    const [first, ...others] = all.map(({ body }) => JSON.stringify(body))
    expect(others).toEqual([first, first])
    await repair({ action: 'pause-queue', queue: 'finalize-copy' })
    const causes = async () =>
      (await ask('incidents?minutes=7')).body.findings.map((finding: { cause: string }) => finding.cause)
    await expect.poll(causes, { timeout: 5_000 }).toContain('queue-paused')
    await repair({ action: 'resume-queue', queue: 'finalize-copy' })
  })

  it('says what an id is, and tells the story of a request', async () => {
    const [uploaded] = await runAs<{ request: string; batch: string; job: string; stream: string }>(
      app.database.ownerUrl,
      `select e.request_id as request, b.id as batch, b.import_job_id as job, b.stream_ref as stream
         from batch b join audit_event e on e.stream_ref = b.stream_ref and e.seq = 1`,
    )
    const { request = '', batch = '', job = '', stream = '' } = uploaded ?? {}
    const kinds = async (id: string) =>
      (await ask(`search?id=${id}`)).body.found.map((one: { kind: string; id: string }) => [one.kind, one.id])
    expect(await kinds(idOf(path))).toEqual([['copy', idOf(path)]])
    const { anonymousId } = (await staff.admin.get(path)).body
    for (const code of [anonymousId, anonymousId.toLowerCase()])
      expect(await kinds(code)).toEqual([['copy', idOf(path)]])
    expect(await kinds('BBBB-BBBB')).toEqual([])
    expect(await kinds(batch)).toEqual([['batch', batch]])
    expect(await kinds(stream)).toEqual([['batch', batch]])
    expect(await kinds(job)).toEqual([['job', job]])
    expect(await kinds(staff.examId)).toEqual([['exam', staff.examId]])
    expect(await kinds(newRef())).toEqual([])
    const { body } = await ask(`search?id=${request}`)
    expect(body.found).toMatchObject([{ kind: 'request', id: request, look: `paraph trace ${request}` }])
    expect(body.story.map((entry: { what: string }) => entry.what)).toEqual(
      expect.arrayContaining(['UPLOAD', 'IMPORT', 'import-batch, attempt 1']),
    )
  })

  it('repairs by the account that asks, or only says what it would do', async () => {
    await staff.marker.post(`${path}/lock`)
    const command = { action: 'force-release', copy: idOf(path) }
    const planned = await repair({ ...command, dryRun: undefined })
    expect(planned.body).toMatchObject({ dryRun: true, facts: { copy: idOf(path) } })
    expect(await repair({ ...command, note: 'Zqvx' })).toMatchObject({
      status: 200,
      body: { dryRun: false },
    })
    expect(await repair(command)).toMatchObject({ status: 409, body: { code: 'not-locked' } })
    const events = await eventsOf(staff.admin, path)
    expect(events.at(-2)).toMatchObject({
      action: 'REPAIR',
      actor: { kind: 'user' },
      metadata: { action: 'force-release', reason_code: 'requested', note: 'Zqvx' },
    })
  })

  it('refuses what does not apply, what is not asked as it should be, and what needs another login', async () => {
    expect(await repair({ action: 'resume-queue', queue: 'import-batch' })).toMatchObject({
      status: 409,
      body: { code: 'repair-not-applicable' },
    })
    expect(await repair({ action: 'requeue' })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    })
    expect(await repair({ action: 'drain-spool' })).toMatchObject({
      status: 409,
      body: { code: 'repair-not-applicable' },
    })
    const refused = await staff.marker.get('/api/operations/backlog')
    expect(refused).toMatchObject({ status: 403, body: { code: 'role-not-allowed' } })
  })

  it('pauses a queue, which then shows', async () => {
    expect(await repair({ action: 'pause-queue', queue: 'finalize-copy' })).toMatchObject({ status: 200 })
    const { body } = await ask('backlog')
    const pausedAt = expect.stringMatching(/^\d{4}-/)
    const [event] = await runAs<{ actor: string }>(
      app.database.ownerUrl,
      `select actor_ref as actor from audit_event where action = 'REPAIR' order by id desc limit 1`,
    )
    expect(event?.actor).toMatch(/^[0-9a-f-]{36}$/)
    const pausedBy = event?.actor
    expect(body.queues).toContainEqual(
      expect.objectContaining({ queue: 'finalize-copy', pausedAt, pausedBy }),
    )
    const { body: incidents } = await ask('incidents')
    expect(JSON.stringify(incidents.findings)).toContain(`"actor":"${pausedBy}"`)
    expect(await repair({ action: 'resume-queue', queue: 'finalize-copy' })).toMatchObject({ status: 200 })
  })
})
