import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff, until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { formOf, makeScan } from '../support/scans.ts'

const NOWHERE = '018f0000-0000-7000-8000-000000000000'

describe('the progress of an import', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  async function upload(): Promise<string> {
    const form = await formOf(await makeScan(1, 2), 'scan.pdf')
    return (await staff.admin.post(`/api/exams/${staff.examId}/batches?duplicate=allow`, { form })).body.id
  }
  const set = (batchId: string, change: string) =>
    runAs(app.database.ownerUrl, `update batch set ${change} where id = $1`, [batchId])
  async function listen(batchId: string) {
    const leaving = new AbortController()
    const response = await fetch(new URL(`/api/batches/${batchId}/progress`, app.url), {
      headers: { cookie: staff.admin.cookie },
      signal: leaving.signal,
    })
    let text = ''
    const ended = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
    })()
    ended.catch(() => undefined)
    const heard = () =>
      [...text.matchAll(/^data: (.*)$/gm)].map(
        ([, data]) => JSON.parse(data ?? '') as Record<string, unknown>,
      )
    return { response, heard, text: () => text, ended, leave: () => leaving.abort() }
  }

  /** As an import does that opens a scan and reads some of its pages. */
  async function open(batchId: string, state: string, { pages, done }: { pages: number; done: number }) {
    await runAs(
      app.database.ownerUrl,
      `begin;
      update batch set ${state}, page_count = ${pages} where id = '${batchId}';
      insert into page (batch_id, batch_page_index) select '${batchId}', generate_series(0, ${pages - 1});
      update page set error_code = 'timeout' where batch_id = '${batchId}' and batch_page_index < ${done};
      commit`,
    )
  }

  it('is told as it happens, each change once, and ends with the import', async () => {
    const batchId = await upload()
    const stream = await listen(batchId)
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(stream.response.headers.get('cache-control')).toBe('no-store')
    await until(async () => stream.heard()[0])
    await open(batchId, `status = 'IMPORTING'`, { pages: 9, done: 4 })
    await until(async () => stream.heard()[1])
    await set(batchId, `status = 'FAILED', error_code = 'corrupt'`)
    await stream.ended
    expect(stream.text()).toMatch(/^retry: 2000\n\n/)
    expect(stream.heard()).toEqual([
      { status: 'UPLOADED', pageCount: null, pagesDone: 0, errorCode: null },
      { status: 'IMPORTING', pageCount: 9, pagesDone: 4, errorCode: null },
      { status: 'FAILED', pageCount: 9, pagesDone: 4, errorCode: 'corrupt' },
    ])
    const late = await listen(batchId)
    await late.ended
    expect(late.heard()).toHaveLength(1)
  })

  it('is for administrators, and of batches that there are', async () => {
    const path = `/api/batches/${await upload()}/progress`
    expect((await staff.marker.get(path)).body.code).toBe('role-not-allowed')
    expect((await staff.admin.get(`/api/batches/${NOWHERE}/progress`)).body.code).toBe('not-found')
    expect((await staff.admin.call('HEAD', path)).status).toBe(405)
  })

  it('has a dozen listeners of one account, asks the database once for all, and a listener who leaves makes room', async () => {
    const batchId = await upload()
    const streams = await Promise.all(Array.from({ length: 12 }, () => listen(batchId)))
    const refused = await staff.admin.get(`/api/batches/${batchId}/progress`)
    expect(refused.body).toMatchObject({ status: 429, code: 'too-many-requests' })
    streams[0]?.leave()
    const next = await until(async () => {
      const stream = await listen(batchId)
      return stream.response.status === 200 ? stream : undefined
    })
    await open(batchId, `status = 'IMPORTED'`, { pages: 2, done: 2 })
    await Promise.all([...streams.slice(1), next].map(({ ended }) => ended))
    expect(next.heard().at(-1)).toMatchObject({ status: 'IMPORTED', pagesDone: 2 })
  })

  it('does not count as a slow answer', async () => {
    const labels = { method: 'GET', path: '/api/batches/:batchId/progress' }
    expect(await app.metric('http_requests_total', { ...labels, status: '200' })).toBeGreaterThan(2)
    expect(await app.metric('http_request_duration_seconds_count', labels)).toBeUndefined()
  })

  it('does not keep the server from stopping', async () => {
    const own = await openTestApp({ worker: false })
    const people = await makeExam(own)
    const form = await formOf(await makeScan(1, 2), 'scan.pdf')
    const { id } = (await people.admin.post(`/api/exams/${people.examId}/batches`, { form })).body
    const response = await fetch(new URL(`/api/batches/${id}/progress`, own.url), {
      headers: { cookie: people.admin.cookie },
    })
    const ended = response.text()
    const before = performance.now()
    await own.close()
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(await ended).toMatch(/^retry: /)
  })
})
