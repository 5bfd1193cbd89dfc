import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Id } from '../../src/observability/id.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type AppLog, openAppLog } from '../support/app-log.ts'
import { until } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { openEraser } from '../support/erasing.ts'
import { createProbe, type Hit } from '../support/leak-probe.ts'
import { formOf } from '../support/scans.ts'
import { type Canary, createCanaries, kindOf, STEM } from './canaries.ts'
import { makeSpeakingPdf } from './documents.ts'
import { searchEverything } from './everything.ts'

const ERASED = ['the scan that failed', 'the scan without a place'] as const
const OTHERS = ['another that failed', 'another without a place'] as const
const KINDS = ['file-name', 'document', 'key', 'note', 'code'] as const

describe('scans that came to no copy and are erased', () => {
  const probe = createProbe(STEM)
  const canaryOf = createCanaries(probe)
  let app: TestApp
  let log: AppLog
  let admin: TestClient
  let examId: string
  let batches: readonly Id[]
  let found: readonly Hit[]
  let left: readonly Hit[]

  beforeAll(async () => {
    app = await openTestApp()
    log = openAppLog(app)
    admin = await app.signIn('admin')
    const rubric = { items: [{ label: 'Exercice 1', maxPoints: 20, step: 1 }] }
    examId = (await admin.post('/api/exams', { body: { title: 'Examen de test', rubric } })).body.id
    const failed = await importBroken(canaryOf(ERASED[0]))
    const unplaced = await importUnplaced(canaryOf(ERASED[1]))
    batches = [failed, unplaced]
    await importBroken(canaryOf(OTHERS[0]))
    await importUnplaced(canaryOf(OTHERS[1]))
    await log.publish()
    found = await search()

    const eraser = openEraser(app)
    for (const batchId of batches) await eraser.eraseBatch(batchId)
    await eraser.close()
    await log.publish()
    left = await search()
  })
  afterAll(async () => {
    await log?.close()
    await app?.close()
  })

  async function upload(canary: Canary, scan: Uint8Array, ending: string): Promise<Id> {
    const form = await formOf(scan, `${canary.text('file-name')}.pdf`)
    const headers = { 'idempotency-key': canary.token('key') }
    const query = 'duplicate=allow&pagesPerCopy=3'
    const { body } = await admin.post(`/api/exams/${examId}/batches?${query}`, { form, headers })
    await until(async () => (await admin.get(`/api/batches/${body.id}`)).body.status === ending || undefined)
    return body.id
  }
  const importBroken = (canary: Canary) =>
    upload(canary, Buffer.from(`%PDF-1.7\n${canary.text('document')}\n`), 'FAILED')
  /** Two pages that are fewer than a copy; one is discarded with a note. */
  async function importUnplaced(canary: Canary): Promise<Id> {
    const batchId = await upload(canary, makeSpeakingPdf(canary), 'IMPORTED')
    const code = canary.word('code')
    await runAs(app.database.ownerUrl, 'update page set copy_code = $2 where batch_id = $1', [batchId, code])
    const [page] = (await admin.get(`/api/batches/${batchId}/pages`)).body.pages
    const body = { reason: 'other', note: canary.text('note') }
    expect((await admin.post(`/api/pages/${page.id}/discard`, { version: page.version, body })).status).toBe(
      200,
    )
    return batchId
  }

  async function search(): Promise<Hit[]> {
    const answers: (readonly [string, Buffer])[] = [
      ['the batches', (await admin.get(`/api/exams/${examId}/batches`)).bytes],
    ]
    for (const batchId of batches) {
      answers.push(['the pages', (await admin.get(`/api/batches/${batchId}/pages`)).bytes])
    }
    return searchEverything(app, probe, answers)
  }
  const of = (hits: readonly Hit[], vectors: readonly string[]) =>
    hits.filter(({ source }) => vectors.some((vector) => source.endsWith(` ${vector}`)))

  it('had markers of every kind, in tables, sealed values, files and answers, before', () => {
    const hits = of(found, ERASED)
    expect(new Set(hits.map(kindOf))).toEqual(new Set(KINDS))
    const outputs = new Set(hits.map(({ output }) => output))
    for (const place of ['public.batch', 'public.page', 'what is sealed', 'the batches', 'the pages']) {
      expect(outputs).toContain(place)
    }
    expect([...outputs].some((output) => output.startsWith('/blobs/'))).toBe(true)
  })

  it('have none left, in no table, no sealed value, no file, no tile, no log line and no answer', () => {
    expect(of(left, ERASED)).toEqual([])
    expect(of(left, ['(cut)'])).toEqual([])
  })

  it('have taken nothing with them: the other scans have all their markers where they were', () => {
    const places = (hits: readonly Hit[]) =>
      new Set(of(hits, OTHERS).map(({ source, output }) => `${source} in ${output}`))
    expect(places(left)).toEqual(places(found))
    expect(places(left).size).toBeGreaterThan(KINDS.length)
  })

  it('leave a log that verifies, to the last published tile', async () => {
    expect(await log.verify()).toMatchObject({ findings: [], waiting: 0, gaps: 0, skipped: [] })
  })
})
