import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Id } from '../../src/observability/id.ts'
import type { Role } from '../../src/platform/http-route.ts'
import { type Canary, createCanaries, kindOf, STEM } from '../leak/canaries.ts'
import { makeSpeakingPdf } from '../leak/documents.ts'
import { filesOf, searchEverything } from '../leak/everything.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type AppLog, openAppLog } from '../support/app-log.ts'
import { awaitGrading, eventsOf, until } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { makeOwnScan, openEraser, pathOf } from '../support/erasing.ts'
import { createProbe, type Hit } from '../support/leak-probe.ts'
import { formOf } from '../support/scans.ts'

const [COPY, OTHER_COPY] = ['the copy', 'the other copy']

/** Whatever of a copy may tell of its pupil. */
const KINDS = ['file-name', 'document', 'key', 'text', 'note', 'points', 'strokes'] as const

describe('a copy whose person is erased', () => {
  const probe = createProbe(STEM)
  const canaryOf = createCanaries(probe)
  let app: TestApp
  let log: AppLog
  let people: Record<Exclude<Role, 'student' | 'operator'>, TestClient>
  let examId: string
  let itemId: string
  let copyId: Id
  let otherId: Id
  let found: readonly Hit[]
  let left: readonly Hit[]

  beforeAll(async () => {
    app = await openTestApp()
    log = openAppLog(app)
    people = {
      admin: await app.signIn('admin'),
      marker: await app.signIn('marker'),
      auditor: await app.signIn('auditor'),
    }
    const rubric = { items: [{ label: 'Exercice 1', maxPoints: 1_000, step: 0.25 }] }
    const exam = await people.admin.post('/api/exams', { body: { title: 'Examen de test', rubric } })
    examId = exam.body.id
    itemId = exam.body.rubric.items[0].id
    const { accountId } = people.marker
    await people.admin.post(`/api/exams/${examId}/markers`, { body: { markerId: accountId } })
    copyId = await liveThrough(canaryOf(COPY))
    otherId = await liveThrough(canaryOf(OTHER_COPY))
    await log.publish()
    found = await search()

    await erase(copyId)
    await log.publish()
    left = await search()
  })
  afterAll(async () => {
    await log?.close()
    await app?.close()
  })

  async function erase(id: Id): Promise<void> {
    const eraser = openEraser(app)
    await eraser.erase(id)
    await eraser.close()
  }

  /** A whole life: uploaded, sent back, marked, graded, reopened, marked and graded again, exported. */
  async function liveThrough(canary: Canary): Promise<Id> {
    const { admin, marker } = people
    const form = await formOf(makeSpeakingPdf(canary), `${canary.text('file-name')}.pdf`)
    const headers = { 'idempotency-key': canary.token('key') }
    const upload = await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, { form, headers })
    const batch = await until(async () => {
      const { body } = await admin.get(`/api/batches/${upload.body.id}`)
      return body.status === 'IMPORTED' ? body : undefined
    })
    const [id] = batch.copies
    const note = { body: { reason: 'other', note: canary.text('note') } }
    await admin.post(`${pathOf(id)}/validate`)
    await admin.post(`${pathOf(id)}/send-back`, note)
    await admin.post(`${pathOf(id)}/validate`)
    await admin.post(`/api/exams/${examId}/dispatch`)
    await mark(canary, pathOf(id), 0)
    await admin.post(`${pathOf(id)}/reopen`, note)
    await mark(canary, pathOf(id), 1)
    await admin.get(`${pathOf(id)}/marked`)
    return (await marker.get(pathOf(id))).body.id
  }

  async function mark(canary: Canary, path: string, version: number): Promise<void> {
    const { marker } = people
    const lockToken: string = (await marker.post(`${path}/lock`)).body.token
    const write = (body: object) => marker.post(`${path}/annotations`, { lockToken, body })
    await write({ pageNumber: 1, kind: 'comment', x: 0.5, y: 0.5, text: canary.text('text') })
    const stroke = [
      { x: canary.fraction(), y: 0.1 },
      { x: 0.2, y: 0.2 },
    ]
    await write({ pageNumber: 2, kind: 'ink', strokes: [stroke] })
    const score = { lockToken, version, body: { points: canary.points() } }
    const scored = await marker.call('PUT', `${path}/scores/${itemId}`, score)
    expect(scored.body).toMatchObject({ total: expect.any(Number) })
    for (const place of [`remarks/${itemId}`, 'comment']) {
      const remark = { lockToken, version, body: { text: canary.text('text') } }
      expect((await marker.call('PUT', `${path}/${place}`, remark)).status).toBe(200)
    }
    await marker.post(`${path}/finalize`, { lockToken })
    expect(await awaitGrading(marker, path)).toMatchObject({ status: 'GRADED' })
  }

  /** Wherever a marker could be, and what is exported and answered now. */
  async function search(): Promise<Hit[]> {
    const exported = await people.admin.get(`/api/exams/${examId}/exports/scores`)
    return searchEverything(app, probe, [
      // A number counts where it stands alone.
      ['the table of scores', exported.bytes.toString().replaceAll(',', ' , ')],
      ['the timeline', (await people.auditor.get(`${pathOf(copyId)}/events`)).bytes],
      ['the batches', (await people.admin.get(`/api/exams/${examId}/batches`)).bytes],
      ['the copies', (await people.admin.get(`/api/exams/${examId}/copies`)).bytes],
    ])
  }

  const of = (hits: readonly Hit[], vector: string) =>
    hits.filter(({ source }) => source.endsWith(` ${vector}`))

  it('had markers of every kind, in tables, files and exports, before', () => {
    const hits = of(found, COPY)
    expect(new Set(hits.map(kindOf))).toEqual(new Set(KINDS))
    const outputs = new Set(hits.map(({ output }) => output))
    for (const place of [
      ...['public.annotation', 'public.score', 'public.remark', 'public.grading_result', 'public.batch'],
      ...['what is sealed', 'the table of scores', 'the timeline', 'the batches'],
    ]) {
      expect(outputs).toContain(place)
    }
    expect([...outputs].some((output) => output.startsWith('/blobs/'))).toBe(true)
  })

  it('has none left, in no table, no sealed value, no file, no tile, no log line and no export', () => {
    expect(of(left, COPY)).toEqual([])
    expect(of(left, '(cut)')).toEqual([])
    expect(filesOf(log.directory).length).toBeGreaterThan(3)
  })

  it('has taken nothing with it: the other copy has all its markers where they were', () => {
    const places = (hits: readonly Hit[]) =>
      new Set(of(hits, OTHER_COPY).map(({ source, output }) => `${source} in ${output}`))
    expect(places(left)).toEqual(places(found))
    expect(places(left).size).toBeGreaterThan(KINDS.length)
  })

  it('leaves a log that verifies, to the last sealed member and the last published tile', async () => {
    // Reading the timeline was an event of the reader.
    await log.publish()
    const report = await log.verify()
    expect(report).toMatchObject({ findings: [], waiting: 0, gaps: 0, skipped: [] })
    expect(report.published?.size).toBe(report.size)
    expect(report.sealedOpened).toBeGreaterThan(0)
  })

  it('still has its timeline, in which what was sealed is erased for everybody', async () => {
    for (const reader of [people.admin, people.auditor, people.marker]) {
      const events = await eventsOf(reader, pathOf(copyId))
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      const metadataOf = (action: string) => events.findLast((event) => event.action === action).metadata
      expect(metadataOf('IMPORT')).toEqual({
        ...{ success: true, pages: 2 },
        ...{ filename: { erased: true }, original_sha256: { erased: true } },
      })
      expect(metadataOf('SCORE').points).toEqual({ erased: true })
      expect(metadataOf('REOPEN').note).toEqual({ erased: true })
      expect(metadataOf('FINALIZE')).toMatchObject({
        ...{ final_score: { erased: true }, marked_sha256: { erased: true } },
      })
      expect(events.at(-1)).toMatchObject({ action: 'ERASE', metadata: { reason_code: 'test-data' } })
    }
  })

  it('is still shown, with the time of its erasure, alone and in every list', async () => {
    const own = await people.marker.get(pathOf(copyId))
    expect(own).toMatchObject({ status: 200, body: { id: copyId, status: 'GRADED', version: 2, pages: 2 } })
    expect(Date.parse(own.body.erasedAt)).toBeGreaterThan(Date.parse(own.body.statusChangedAt))
    const lists = [
      await people.admin.get(`/api/exams/${examId}/copies`),
      await people.marker.get('/api/my/copies'),
    ]
    for (const { body } of lists) {
      const copies = body.copies as { id: string; erasedAt: string | null }[]
      expect(copies.find(({ id }) => id === copyId)?.erasedAt).toBe(own.body.erasedAt)
      expect(copies.find(({ id }) => id === otherId)?.erasedAt).toBeNull()
    }
  })

  it('says of whatever it held that it was erased, and when', async () => {
    const { erasedAt } = (await people.admin.get(pathOf(copyId))).body
    for (const part of [
      'pages/1',
      'pages/1?size=full',
      'original',
      'marked',
      'annotations',
      'scores',
      'finalize',
    ]) {
      const { status, body } = await people.admin.get(`${pathOf(copyId)}/${part}`)
      expect({ part, status, ...body }).toMatchObject({ part, status: 410, code: 'copy-erased', erasedAt })
    }
  })

  it('has its line in the table of scores, with empty cells', async () => {
    const { anonymousId } = (await people.admin.get(pathOf(copyId))).body
    const table = (await people.admin.get(`/api/exams/${examId}/exports/scores`)).bytes.toString()
    expect(table.split('\n').find((line) => line.startsWith(anonymousId))).toBe(
      `${anonymousId},GRADED,2,,,1000`,
    )
  })

  it('is given to nobody who shares copies out, even when it never had a marker', async () => {
    const { admin } = people
    const upload = await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, {
      form: await formOf(makeOwnScan(1), 'scan.pdf'),
    })
    const [id] = await until(async () => {
      const { body } = await admin.get(`/api/batches/${upload.body.id}`)
      return body.status === 'IMPORTED' ? body.copies : undefined
    })
    await erase(id)
    expect((await admin.post(`/api/exams/${examId}/dispatch`)).body.assigned).toBe(0)
    expect((await admin.get(pathOf(id))).body.assignedMarkerId).toBeNull()
  })
})
