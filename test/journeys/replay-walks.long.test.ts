import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { replayLog } from '../../src/operations/replay.ts'
import { listActorRefs } from '../../src/people/store.ts'
import { AppError } from '../../src/platform/errors.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { awaitGrading, importScan, makeExam, RUBRIC, type Staff } from '../support/builders.ts'
import type { Answer, TestClient } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { makeScan } from '../support/scans.ts'

const WALKS = 12
const STEPS = 40

/** What people may ask of a copy at any moment; what is not possible then is refused. */
type Step = (by: { admin: TestClient; marker: TestClient; path: string; token: string }) => Promise<Answer>

const reason = { body: { reason: 'other' } }
const STEPS_TO_TAKE: Readonly<Record<string, Step>> = {
  validate: ({ admin, path }) => admin.post(`${path}/validate`),
  'send back': ({ marker, path }) => marker.post(`${path}/send-back`, reason),
  lock: ({ marker, path }) => marker.post(`${path}/lock`),
  'lock as administrator': ({ admin, path }) => admin.post(`${path}/lock`),
  'take over': ({ marker, path }) => marker.post(`${path}/lock/take-over`),
  unlock: ({ marker, path, token }) => marker.post(`${path}/unlock`, { lockToken: token }),
  force: ({ admin, path }) => admin.post(`${path}/force-release`, reason),
  annotate: ({ marker, path, token }) =>
    marker.post(`${path}/annotations`, {
      lockToken: token,
      body: { pageNumber: 1, kind: 'tick', x: 0.1, y: 0.1 },
    }),
  'rub out': async ({ marker, path, token }) => {
    const { annotations } = (await marker.get(`${path}/annotations`)).body
    const { id = path.split('/').at(-1), version = 1 } = annotations[0] ?? {}
    return marker.call('DELETE', `${path}/annotations/${id}`, { lockToken: token, version })
  },
  score: async ({ marker, path, token }) => {
    const { items } = (await marker.get(`${path}/scores`)).body
    const { itemId, version } = items.find((item: { step: number | null }) => item.step !== null)
    const points = version % 3 === 2 ? null : version % 3
    return marker.call('PUT', `${path}/scores/${itemId}`, { lockToken: token, version, body: { points } })
  },
  remark: async ({ marker, path, token }) => {
    const { version } = (await marker.get(`${path}/scores`)).body.comment
    const body = { text: version % 2 === 0 ? 'Vu' : '' }
    return marker.call('PUT', `${path}/comment`, { lockToken: token, version, body })
  },
  finalize: ({ marker, path, token }) => marker.post(`${path}/finalize`, { lockToken: token }),
  retry: ({ marker, path }) => marker.post(`${path}/retry`),
  export: ({ admin, path }) => admin.get(`${path}/marked`),
  reopen: ({ admin, path }) => admin.post(`${path}/reopen`, reason),
}

describe('replaying whatever people did', () => {
  let app: TestApp
  let staff: Staff
  let copies: string[]
  let drawings = 0
  beforeAll(async () => {
    app = await openTestApp({
      wrapRenderer: (render) => (request) => {
        drawings += 1
        // Once for good, once for this attempt only; then it succeeds.
        if (drawings % 4 === 1) throw new AppError('blob-missing', { title: 'As ordered.' })
        if (drawings % 4 === 2) throw new AppError('timeout', { title: 'As ordered.', retryable: true })
        return render(request)
      },
    })
    const { admin, marker } = await makeExam(app)
    const body = { title: 'Examen de test', requireAllScores: false, rubric: RUBRIC }
    const examId = (await admin.post('/api/exams', { body })).body.id
    await admin.post(`/api/exams/${examId}/markers`, { body: { markerId: marker.accountId } })
    staff = { admin, marker, examId }
    const { batch } = await importScan(staff, { scan: await makeScan(WALKS, 1), pagesPerCopy: 1 })
    copies = batch.copies
    // Only validated copies are shared out; a walk may send its copy back and validate it anew.
    for (const copy of copies) await admin.post(`/api/copies/${copy}/validate`)
    await admin.post(`/api/exams/${examId}/dispatch`)
  })
  afterAll(() => app?.close())

  async function walk(path: string, steps: readonly string[]): Promise<void> {
    let token = path.split('/').at(-1) ?? ''
    for (const step of steps) {
      const { status, body } = (await STEPS_TO_TAKE[step]?.({ ...staff, path, token })) ?? expect.fail()
      expect([200, 201, 202, 204, 404, 409], step).toContain(status)
      token = body?.token ?? token
      if (status === 202) await awaitGrading(staff.marker, path)
    }
  }

  it('finds nothing, wherever their copies have come to', async () => {
    const { db, keys } = app.services
    const names = Object.keys(STEPS_TO_TAKE)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...names), { minLength: STEPS, maxLength: STEPS }),
        async (steps) => {
          await walk(`/api/copies/${copies.pop()}`, ['validate', 'lock', ...steps])
          expect(await replayLog({ db, keys, listActorRefs })).toMatchObject({ findings: [], doubts: [] })
        },
      ),
      // Each walk takes a copy that nobody has touched, so there is nothing to shrink to.
      { numRuns: WALKS, seed: 7, endOnFailure: true },
    )
    const rows = await runAs<{ action: string }>(
      app.database.ownerUrl,
      `select action from audit_event where stream_kind = 'copy' group by action order by action`,
    )
    expect(rows.map(({ action }) => action)).toEqual([
      ...['CREATE_ANN', 'DELETE_ANN', 'EXPORT', 'FINALIZE', 'FINALIZE_REQUEST', 'IMPORT', 'LOCK', 'REMARK'],
      ...['REOPEN', 'SCORE', 'SEND_BACK', 'UNLOCK', 'VALIDATE'],
    ])
  })
})
