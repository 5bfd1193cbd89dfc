import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkProof } from '../../src/audit/check-proof.ts'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import { readTrustedKeys } from '../../src/audit/trusted-keys.ts'
import { newId } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExam, type Staff } from '../support/builders.ts'
import { type Answer, send, type TestClient } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { publishLogOf } from '../support/publish-app-log.ts'

type Event = {
  id: string
  seq: number
  action: string
  stream: { ref: string }
  examRef: string
  metadata: object
}

const HOUR = 3_600_000
const around = (now: number) =>
  `from=${new Date(now - HOUR).toISOString()}&to=${new Date(now + HOUR).toISOString()}`
const LATELY = around(Date.now())

describe('reading the audit log over HTTP', () => {
  let app: TestApp
  let staff: Staff
  let auditor: TestClient
  let copy: { path: string; ref: string; examRef: string }
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    auditor = await app.signIn('auditor')
    const { batch } = await importScan(staff, { fileName: 'Zoé Exemple 3e B.pdf' })
    const path = `/api/copies/${batch.copies[0]}`
    const [first] = (await staff.admin.get(`${path}/events`)).body.events
    copy = { path, ref: first.stream.ref, examRef: first.examRef }
    await staff.admin.post(`${path}/validate`)
    await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
  })
  afterAll(() => app?.close())

  const ask = (asked: string, client = auditor) => client.get(`/api/audit/events?${asked}`)
  const actionsIn = ({ body }: Answer) => body.events.map(({ action }: Event) => action)
  const owner = <R extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
    runAs<R>(app.database.ownerUrl, statement, values)
  const eventsOf = (client: TestClient, action: string) =>
    owner<{ metadata: object; request_id: string }>(
      `select e.metadata, e.request_id from audit_event e join people.account a on a.stream_ref = e.stream_ref
        where a.id = $1 and e.action = $2 order by e.seq`,
      [client.accountId, action],
    )

  it('by stream gives its events in order, with sealed members opened', async () => {
    for (const client of [auditor, staff.admin]) {
      const { body } = await ask(`stream=${copy.ref}`, client)
      expect(body.events).toMatchObject([
        { seq: 1, action: 'IMPORT', metadata: { filename: 'Zoé Exemple 3e B.pdf', pages: 2 } },
        { seq: 2, action: 'VALIDATE', stream: { kind: 'copy', ref: copy.ref }, examRef: copy.examRef },
      ])
      expect(body.nextAfter).toBeUndefined()
    }
  })

  it('by exam gives the events of its copies and its own', async () => {
    expect(actionsIn(await ask(`exam=${copy.examRef}&${LATELY}`))).toEqual([
      ...['CREATE_EXAM', 'SET_RUBRIC', 'ADD_MARKER', 'UPLOAD', 'IMPORT', 'VALIDATE', 'ASSIGN'],
    ])
    const two = await ask(`exam=${copy.examRef}&action=ASSIGN&action=ADD_MARKER&${LATELY}`)
    expect(actionsIn(two)).toEqual(['ADD_MARKER', 'ASSIGN'])
  })

  it('by actor, by request, by action and by time gives what fits all of them', async () => {
    const validate = (await ask(`stream=${copy.ref}&action=VALIDATE`)).body.events[0]
    const byRequest = await ask(`request=${validate.requestId}`)
    expect(byRequest.body.events).toEqual([validate])
    expect(actionsIn(await ask(`request=${validate.requestId}&action=LOCK`))).toEqual([])
    const byActor = actionsIn(await ask(`actor=${validate.actor.ref}&action=VALIDATE&${LATELY}`))
    expect(byActor).toEqual(['VALIDATE'])
    const [before, after] = [`to=${validate.occurredAt}`, `from=${validate.occurredAt}`]
    expect(actionsIn(await ask(`stream=${copy.ref}&${before}`))).toEqual(['IMPORT'])
    expect(actionsIn(await ask(`stream=${copy.ref}&${after}`))).toEqual(['VALIDATE'])
    const yesterday = around(Date.now() - 30 * HOUR)
    expect(actionsIn(await ask(yesterday))).toEqual([])
  })

  it('gives the failures alone', async () => {
    const email = `marker-${newId()}@test.invalid`
    const account = { email, name: 'Camille Exemple', role: 'marker', password: 'long enough for a test' }
    await staff.admin.post('/api/accounts', { body: account })
    const body = { email, password: 'not the password' }
    await send(app.url, 'POST', '/api/auth/sign-in/email', { origin: 'https://paraph.test', body })
    const failed = (await ask(`failures=true&${LATELY}`)).body.events
    expect(failed).toMatchObject([{ action: 'SIGN_IN', metadata: { success: false } }])
  })

  it.each([
    ['of a stream', () => `stream=${copy.ref}&limit=1`],
    ['of an exam', () => `exam=${copy.examRef}&${LATELY}&limit=2`],
    ['of a time', () => `${LATELY}&action=ADD_ACCOUNT&action=SIGN_IN&limit=3`],
  ])('gives the events %s page by page, each once, while others are appended', async (_, asked) => {
    const whole: Event[] = (await ask(asked().replace(/limit=\d/, 'limit=200'))).body.events
    const seen: Event[] = []
    for (let after = ''; ; ) {
      const { body } = await ask(`${asked()}${after}`)
      seen.push(...body.events)
      await app.signIn('student')
      if (body.nextAfter === undefined || seen.length >= whole.length) break
      after = `&after=${body.nextAfter}`
    }
    expect(whole.length).toBeGreaterThan(1)
    expect(seen.slice(0, whole.length)).toEqual(whole)
  })

  it.each([
    ['without a stream, a request or a time', 'action=LOCK', ['query.from', 'query.to']],
    ['without an end of the time', `from=${new Date().toISOString()}`, ['query.to']],
    ['of more than 366 days', 'from=2025-01-01T00:00:00Z&to=2026-01-03T00:00:00Z', ['query.to']],
    [
      'of a time that ends before it begins',
      'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      ['query.to'],
    ],
    ['until what is no time', 'from=2026-01-02T00:00:00Z&to=%5B%5D', ['query.to']],
    ['with a misspelt filter', `${LATELY}&actoin=LOCK`, ['query']],
    ['of more than 200 events', `${LATELY}&limit=201`, ['query.limit']],
    ['with a cursor of its own making', `${LATELY}&after=-1`, ['query.after']],
  ])('refuses a question %s', async (_, asked, paths) => {
    const refused = await ask(asked)
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    expect(refused.body.fields.map(({ path }: { path: string }) => path)).toEqual(paths)
  })

  it('is for auditors and administrators', async () => {
    for (const role of ['operator', 'marker', 'student'] as const) {
      const client = await app.signIn(role)
      for (const path of [`events?stream=${copy.ref}`, 'events/1', 'events/1/proof']) {
        const refused = await client.get(`/api/audit/${path}`)
        expect(refused, `${role} ${path}`).toMatchObject({ status: 403, body: { code: 'role-not-allowed' } })
      }
      expect(await eventsOf(client, 'READ')).toEqual([])
    }
  })

  it('is itself an event of the reader, and never one of the stream that is read', async () => {
    const reader = await app.signIn('auditor')
    const page = await ask(`stream=${copy.ref}`, reader)
    const timeline = await reader.get(`${copy.path}/events`)
    const event = await reader.get(`/api/audit/events/${page.body.events[0].id}`)
    await ask('action=LOCK', reader)
    await reader.get('/api/audit/events/999999999')
    expect(await eventsOf(reader, 'READ')).toEqual([
      { metadata: { what: 'events', events: 2 }, request_id: page.requestId },
      { metadata: { what: 'timeline', events: 2 }, request_id: timeline.requestId },
      { metadata: { what: 'events', events: 1 }, request_id: event.requestId },
    ])
    expect(actionsIn(await ask(`stream=${copy.ref}`))).toEqual(['IMPORT', 'VALIDATE'])
  })

  it('shows the bytes of an event, its place in the log once it has one, and the proof of that', async () => {
    const [{ id }] = (await ask(`stream=${copy.ref}`)).body.events
    const path = `/api/audit/events/${id}`
    const before = await auditor.get(path)
    expect(before.body).toMatchObject({ event: { id, seq: 1 }, leafIndex: null, isQuarantined: false })
    const leaf = JSON.parse(Buffer.from(before.body.leaf, 'base64').toString())
    expect(leaf).toMatchObject({ action: 'IMPORT', stream: { kind: 'copy', ref: copy.ref }, seq: 1 })
    expect(leaf.sealed.filename).toMatch(/^[0-9a-f]{64}$/)
    const refused = { status: 409, body: { code: 'event-not-provable', reason: 'not-published' } }
    expect(await auditor.get(`${path}/proof`)).toMatchObject(refused)

    await publishLogOf(app)
    const { body } = await auditor.get(path)
    const proof = await auditor.get(`${path}/proof`)
    expect(proof.headers.get('content-disposition')).toBe(`attachment; filename="event-${id}.tlog-proof"`)
    const { vkeys } = loadOwnLog(`${app.folder}-keys`)
    const checked = checkProof(proof.bytes.toString(), readTrustedKeys(vkeys, []))
    expect(checked).toMatchObject({ index: body.leafIndex, entry: Buffer.from(body.leaf, 'base64') })
    expect((await eventsOf(auditor, 'READ')).at(-1)).toEqual({
      metadata: { what: 'proof', events: 1 },
      request_id: proof.requestId,
    })
  })

  it('refuses what there is not', async () => {
    for (const path of ['/api/audit/events/999999999', '/api/audit/events/999999999/proof']) {
      expect((await auditor.get(path)).body, path).toMatchObject({ status: 404, code: 'not-found' })
    }
  })

  it('is not kept from anybody by a forged event, which is shown for what it is', async () => {
    const ref = newId()
    await runAs(
      app.database.url,
      `with forged as (
         insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, occurred_at, metadata, leaf, mac)
         values ('copy', $1, 1, 'LOCK', 'system', 'a-forged-request', now(), '{}', '\\x7b', decode(repeat('00', 36), 'hex'))
         returning id)
       insert into audit_pending select id from forged`,
      [ref],
    )
    await publishLogOf(app)
    const [forged] = (await ask(`stream=${ref}`)).body.events
    expect(forged).toMatchObject({ action: 'LOCK', metadata: {} })
    expect((await auditor.get(`/api/audit/events/${forged.id}`)).body.isQuarantined).toBe(true)
  })

  it('gives up on a question after five seconds, and says so', async () => {
    const other = new pg.Client({ connectionString: app.database.ownerUrl })
    await other.connect()
    try {
      await other.query('begin; lock table audit_event in access exclusive mode')
      expect(await ask(LATELY)).toMatchObject({ status: 422, body: { code: 'query-too-wide' } })
    } finally {
      await other.end()
    }
  })
})
