import type { Role } from '../../src/platform/http-route.ts'
import { awaitGrading, until } from '../support/builders.ts'
import type { Answer, Request } from '../support/client.ts'
import { formOf } from '../support/scans.ts'
import type { Canary } from './canaries.ts'
import { makeSpeakingPdf } from './documents.ts'
import type { Speaker } from './speaker.ts'

/** Where people work on copies, in this process or in processes of their own. */
export type Office = {
  as(role: Role): Promise<Speaker>
  /** An exam whose title and labels are canaries, with the marker among its markers. */
  examId(): Promise<string>
}

/** An exam whose every text is a canary, for the marker of the office. */
export async function makeExam({ as }: Pick<Office, 'as'>, canary: Canary): Promise<string> {
  const part = { label: canary.text('label'), maxPoints: 1_000, step: 0.25 }
  const rubric = { items: [{ label: canary.text('label'), items: [part] }] }
  const admin = await as('admin')
  const { body } = await admin.post('/api/exams', { body: { title: canary.text('title'), rubric } })
  const marker = await as('marker')
  await admin.post(`/api/exams/${body.id}/markers`, { body: { markerId: marker.accountId } })
  return body.id
}

/** Uploads a document under a canary's name; the answer, whatever it is. */
export async function upload(
  office: Office,
  canary: Canary,
  document: Uint8Array,
  request: Request = {},
): Promise<Answer> {
  const form = await formOf(document, `${canary.text('file-name')}.pdf`)
  const admin = await office.as('admin')
  return admin.post(`/api/exams/${await office.examId()}/batches?duplicate=allow`, { form, ...request })
}

const IMPORT_PATIENCE_MS = 90_000

/** The end of an import, also when nobody answers for a while. */
export async function awaitImport(office: Office, batchId: string): Promise<Answer['body']> {
  const admin = await office.as('admin')
  return until(async () => {
    const batch = await admin.get(`/api/batches/${batchId}`).catch(() => undefined)
    return ['IMPORTED', 'FAILED'].includes(batch?.body?.status) ? batch?.body : undefined
  }, IMPORT_PATIENCE_MS)
}

export async function importDocument(
  office: Office,
  canary: Canary,
  document: Uint8Array,
): Promise<Answer['body']> {
  return awaitImport(office, (await upload(office, canary, document)).body.id)
}

/** A copy that is the marker's to mark; returns its path. */
export async function makeCopy(office: Office, canary: Canary): Promise<string> {
  const batch = await importDocument(office, canary, makeSpeakingPdf(canary))
  const admin = await office.as('admin')
  const path = `/api/copies/${batch.copies[0]}`
  await admin.post(`${path}/validate`)
  await admin.post(`/api/exams/${await office.examId()}/dispatch`)
  return path
}

type Item = { readonly itemId: string; readonly step: number | null; readonly version: number }

/** The items of a copy's rubric that take points. */
export async function listItems(office: Office, path: string): Promise<readonly Item[]> {
  const { items } = (await (await office.as('marker')).get(`${path}/scores`)).body
  return items.filter((item: Item) => item.step !== null)
}

/**
 * Locks a copy, lays an annotation, gives every item its points and a remark, and the whole its own; returns the token of
 * the lock.
 */
export async function mark(office: Office, canary: Canary, path: string): Promise<string> {
  const marker = await office.as('marker')
  const lockToken: string = (await marker.post(`${path}/lock`)).body.token
  const annotation = { pageNumber: 1, kind: 'comment', x: 0.5, y: 0.5, text: canary.text('text') }
  await marker.post(`${path}/annotations`, { lockToken, body: annotation })
  const remark = () => ({ lockToken, version: 0, body: { text: canary.text('text') } })
  for (const { itemId, version } of await listItems(office, path)) {
    const score = { lockToken, version, body: { points: canary.points() } }
    await marker.call('PUT', `${path}/scores/${itemId}`, score)
    await marker.call('PUT', `${path}/remarks/${itemId}`, remark())
  }
  await marker.call('PUT', `${path}/comment`, remark())
  return lockToken
}

/** Asks for the marked PDF; returns the state that the copy ends in. */
export async function finalize(office: Office, path: string, lockToken: string): Promise<string> {
  const marker = await office.as('marker')
  await marker.post(`${path}/finalize`, { lockToken })
  return (await awaitGrading(marker, path)).status
}

/** Whatever can be asked about a copy and its events, by everybody who may ask and by those who may not. */
export async function readAll(office: Office, path: string): Promise<void> {
  const parts = ['', '/events', '/annotations', '/scores', '/finalize', '/marked', '/original', '/pages/1']
  const { events } = (await (await office.as('auditor')).get(`${path}/events`)).body
  const { id, stream, actor } = events.find((event: Answer['body']) => event.actor.ref !== null)
  for (const role of ['admin', 'auditor', 'marker', 'operator', 'student'] as const) {
    const speaker = await office.as(role)
    for (const part of parts) await speaker.get(`${path}${part}`)
    await speaker.get(`/api/audit/events?stream=${stream.ref}`)
    await speaker.get(`/api/audit/events/${id}`)
    await speaker.post('/api/audit/reveal', { body: { actorRef: actor.ref, reasonCode: 'appeal' } })
  }
}
