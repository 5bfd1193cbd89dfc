import { setTimeout as sleep } from 'node:timers/promises'
import type { TestApp } from './app.ts'
import type { Answer, TestClient } from './client.ts'
import { formOf, makeScan } from './scans.ts'

export const RUBRIC = {
  items: [
    {
      label: 'Exercice 1',
      items: [
        { label: '1.a', maxPoints: 3, step: 0.5 },
        { label: '1.b', maxPoints: 5, step: 0.25 },
      ],
    },
    { label: 'Exercice 2', maxPoints: 12, step: 1 },
  ],
}

export type Staff = { readonly admin: TestClient; readonly marker: TestClient; readonly examId: string }

/** An exam with its rubric, an administrator and a marker. */
export async function makeExam(app: TestApp): Promise<Staff> {
  return makeExamWith(await app.signIn('admin'), await app.signIn('marker'))
}

/** An exam with its rubric for an administrator and a marker that there are. */
export async function makeExamWith(admin: TestClient, marker: TestClient): Promise<Staff> {
  const exam = await admin.post('/api/exams', { body: { title: 'Examen de test', rubric: RUBRIC } })
  await admin.post(`/api/exams/${exam.body.id}/markers`, { body: { markerId: marker.accountId } })
  return { admin, marker, examId: exam.body.id }
}

/** Uploads a scan and waits for the end of its import. */
export async function importScan(
  staff: Staff,
  options: { scan?: Uint8Array; fileName?: string; pagesPerCopy?: number } = {},
): Promise<{ upload: Answer; batch: Answer['body'] }> {
  const form = await formOf(options.scan ?? (await makeScan()), options.fileName ?? 'scan.pdf')
  // Tests import the same invented scan again and again.
  const query = `?duplicate=allow${options.pagesPerCopy ? `&pagesPerCopy=${options.pagesPerCopy}` : ''}`
  const upload = await staff.admin.post(`/api/exams/${staff.examId}/batches${query}`, { form })
  const batch = await until(async () => {
    const { body } = await staff.admin.get(`/api/batches/${upload.body.id}`)
    return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
  })
  return { upload, batch }
}

/** An imported, validated and assigned copy; returns its path. */
export async function makeReadyCopy(staff: Staff): Promise<string> {
  const { batch } = await importScan(staff)
  if (batch.status !== 'IMPORTED') throw new Error(`the import ended with ${batch.errorCode}`)
  const path = `/api/copies/${batch.copies[0]}`
  await staff.admin.post(`${path}/validate`)
  await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
  return path
}

/** Locks a ready copy as its marker and gives every item a score; returns the lock's token. */
export async function lockAndScore(marker: TestClient, path: string): Promise<string> {
  const lockToken: string = (await marker.post(`${path}/lock`)).body.token
  const sheet = await marker.get(`${path}/scores`)
  for (const item of sheet.body.items.filter((row: { maxPoints: number | null }) => row.maxPoints !== null)) {
    const request = { body: { points: 2 }, version: item.version, lockToken }
    await marker.call('PUT', `${path}/scores/${item.itemId}`, request)
  }
  return lockToken
}

/** Waits until the finalization of a copy has ended; returns its state. */
export function awaitGrading(client: TestClient, path: string): Promise<Answer['body']> {
  return until(async () => {
    const { status, body } = await client.get(`${path}/finalize`)
    return status !== 200 || body.status === 'GRADING_IN_PROGRESS' ? undefined : body
  })
}

/** All events of a copy. */
export async function eventsOf(client: TestClient, path: string): Promise<Answer['body'][]> {
  return (await client.get(`${path}/events`)).body.events
}

/** Asks again and again until there is an answer. Throws after half a minute. */
export async function until<T>(ask: () => Promise<T | undefined>, patienceMs = 30_000): Promise<T> {
  for (let waited = 0; waited < patienceMs; waited += 50) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(50)
  }
  throw new Error('waited too long')
}
