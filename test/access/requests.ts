import { randomUUID } from 'node:crypto'
import type { Request } from '../support/client.ts'
import { describeFile, VERSION } from '../support/tus.ts'
import { type MadeCopy, NO_COPY, type World } from './world.ts'

/** What the addresses of a request name. */
export type Subject = {
  readonly examId: string
  readonly batchId: string
  readonly uploadId: string
  readonly eventId: string
  readonly actorRef: string
  readonly streamRef: string
  readonly copy: MadeCopy
}

/** Addresses of what there is not. */
export const MISSING: Omit<Subject, 'copy'> = {
  examId: NO_COPY.copyId,
  batchId: NO_COPY.copyId,
  uploadId: NO_COPY.copyId,
  eventId: '999999999',
  actorRef: NO_COPY.copyId,
  streamRef: NO_COPY.copyId,
}

const PASSWORD = 'long enough for a test'
const reason = { body: { reason: 'other' } }
const newAccount = () => ({
  body: {
    email: `${randomUUID()}@test.invalid`,
    name: 'Camille Exemple',
    role: 'marker',
    password: PASSWORD,
  },
})

/** What is sent with each endpoint that takes something: a request that nothing but access and state can refuse. */
const SENT: Readonly<Record<string, (world: World, subject: Subject) => Request | Promise<Request>>> = {
  'POST /api/accounts': newAccount,
  'POST /api/auth/sign-in/email': async (world) => {
    const { body } = newAccount()
    await world.ask('admin', 'POST', '/api/accounts', { body })
    return { body: { email: body.email, password: body.password } }
  },
  'POST /api/audit/reveal': (_, { actorRef }) => ({ body: { actorRef, reasonCode: 'appeal' } }),
  'POST /api/operations/repairs': () => ({
    body: { action: 'pause-queue', queue: 'import-batch', reason: 'maintenance', dryRun: true },
  }),
  'POST /api/exams': () => ({ body: { title: 'Examen' } }),
  'PUT /api/exams/:examId/rubric': () => ({
    body: { items: [{ label: 'Exercice 2', maxPoints: 10, step: 1 }] },
    version: 1,
  }),
  'PUT /api/exams/:examId/code-pattern': () => ({ body: { pattern: '{copy}-{page}', sample: '12-3' } }),
  'POST /api/copies': async (world) => ({ body: { pageIds: [await world.makeLoosePage()] } }),
  'POST /api/pages/:pageId/rotate': () => ({ body: { turn: 90 }, version: 1 }),
  'POST /api/pages/:pageId/number': () => ({ body: { sheetNumber: 3 }, version: 1 }),
  'POST /api/pages/:pageId/move': (_, { copy }) => ({ body: { copyId: copy.copyId }, version: 1 }),
  'POST /api/pages/:pageId/discard': () => ({ ...reason, version: 1 }),
  'POST /api/pages/:pageId/restore': () => ({ version: 1 }),
  'POST /api/pages/:pageId/replace': async (world) => ({
    body: { byPageId: await world.makeLoosePage(), byPageVersion: 1 },
    version: 1,
  }),
  'POST /api/copies/:copyId/reorder': (_, { copy }) => ({ body: { pageIds: [copy.pageId] }, version: 1 }),
  'POST /api/copies/:copyId/split': (_, { copy }) => ({ body: { beforePageId: copy.pageId }, version: 1 }),
  'POST /api/copies/:copyId/merge': async (world) => ({
    body: { fromCopyId: (await world.makeCopy('STAGING', 'admin')).copyId, fromPagesVersion: 1 },
    version: 1,
  }),
  'PUT /api/exams/:examId/release': () => ({ body: { isReleased: true }, version: 0 }),
  'PUT /api/copies/:copyId/student': async (world) => ({ body: { accountId: await world.makeStudent() } }),
  'POST /api/exams/:examId/markers': (world) => ({ body: { markerId: world.markerId } }),
  'POST /api/exams/:examId/batches': async (world) => ({ form: await world.form() }),
  'POST /api/uploads': (world) => ({
    headers: { ...VERSION, 'upload-length': '9', 'upload-metadata': describeFile({ exam: world.examId }) },
  }),
  // The other administrator whose upload this is not is asked in test/journeys/resumable-upload.test.ts.
  'PATCH /api/uploads/:uploadId': () => ({
    headers: { ...VERSION, 'content-type': 'application/offset+octet-stream', 'upload-offset': '9' },
    body: new Uint8Array(),
  }),
  'DELETE /api/uploads/:uploadId': () => ({ headers: VERSION }),
  'POST /api/copies/:copyId/send-back': () => reason,
  'POST /api/copies/:copyId/force-release': () => reason,
  'POST /api/copies/:copyId/reopen': () => reason,
  'POST /api/copies/:copyId/annotations': () => ({ body: { pageNumber: 1, kind: 'tick', x: 0.2, y: 0.2 } }),
  'PATCH /api/copies/:copyId/annotations/:annotationId': () => ({ body: { x: 0.3 }, version: 1 }),
  'DELETE /api/copies/:copyId/annotations/:annotationId': () => ({ version: 1 }),
  'PUT /api/copies/:copyId/scores/:itemId': () => ({ body: { points: 12 }, version: 0 }),
  'PUT /api/copies/:copyId/remarks/:itemId': () => ({ body: { text: 'Vu' }, version: 0 }),
  'PUT /api/copies/:copyId/comment': () => ({ body: { text: 'Vu' }, version: 0 }),
}

/** What is asked in the address, where something must be. */
const ASKED: Readonly<Record<string, string>> = {
  // Every caller sends the same scan.
  'POST /api/exams/:examId/batches': '?duplicate=allow',
  'GET /api/operations/search': '?id=00000000-0000-4000-8000-000000000000',
  'GET /api/operations/trace': '?request=a-request-of-nobody',
  'GET /api/audit/events': '?request=a-request-of-nobody',
}

/** The request that an endpoint expects. Writes on a copy show the token of its lock. */
export async function requestFor(
  world: World,
  endpoint: string,
  subject: Partial<Subject> = {},
): Promise<{ method: string; path: string; request: Request }> {
  const { examId, batchId, uploadId, eventId, actorRef, streamRef } = world
  const whole = { examId, batchId, uploadId, eventId, actorRef, streamRef, copy: NO_COPY, ...subject }
  const { copyId, pageId, annotationId, lockToken } = whole.copy
  const operationId = endpoint.includes(':operationId') ? await world.makeOperation() : ''
  const values: Record<string, string> = {
    ...{ examId: whole.examId, batchId: whole.batchId, uploadId: whole.uploadId },
    ...{ eventId: whole.eventId, streamRef: whole.streamRef, copyId, pageId, annotationId, operationId },
    ...{ itemId: world.itemId, pageNumber: '1', level: '0', '*': '000.p/1' },
  }
  const [method = '', template = ''] = endpoint.split(' ')
  const path =
    template.replace(/:(\w+)|\*/g, (match, name = match) => values[name] ?? '') + (ASKED[endpoint] ?? '')
  const sent = (await SENT[endpoint]?.(world, whole)) ?? {}
  const isWriteOnCopy = method !== 'GET' && template.startsWith('/api/copies/')
  return { method, path, request: isWriteOnCopy ? { ...sent, lockToken } : sent }
}
