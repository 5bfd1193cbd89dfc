import { randomUUID } from 'node:crypto'
import type { Request } from '../support/client.ts'
import { type MadeCopy, NO_COPY, type World } from './world.ts'

/** What the addresses of a request name. */
export type Subject = {
  readonly examId: string
  readonly batchId: string
  readonly eventId: string
  readonly actorRef: string
  readonly copy: MadeCopy
}

/** Addresses of what there is not. */
export const MISSING: Omit<Subject, 'copy'> = {
  examId: NO_COPY.copyId,
  batchId: NO_COPY.copyId,
  eventId: '999999999',
  actorRef: NO_COPY.copyId,
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
  'POST /api/exams/:examId/markers': (world) => ({ body: { markerId: world.markerId } }),
  'POST /api/exams/:examId/batches': async (world) => ({ form: await world.form() }),
  'POST /api/copies/:copyId/send-back': () => reason,
  'POST /api/copies/:copyId/force-release': () => reason,
  'POST /api/copies/:copyId/reopen': () => reason,
  'POST /api/copies/:copyId/annotations': () => ({ body: { pageNumber: 1, kind: 'tick', x: 0.2, y: 0.2 } }),
  'PATCH /api/copies/:copyId/annotations/:annotationId': () => ({ body: { x: 0.3 }, version: 1 }),
  'DELETE /api/copies/:copyId/annotations/:annotationId': () => ({ version: 1 }),
  'PUT /api/copies/:copyId/scores/:itemId': () => ({ body: { points: 12 }, version: 0 }),
}

/** What is asked in the address, where something must be. */
const ASKED: Readonly<Record<string, string>> = {
  'GET /api/operations/search': '?id=00000000-0000-4000-8000-000000000000',
  'GET /api/audit/events': '?request=a-request-of-nobody',
}

/** The request that an endpoint expects. Writes on a copy show the token of its lock. */
export async function requestFor(
  world: World,
  endpoint: string,
  subject: Partial<Subject> = {},
): Promise<{ method: string; path: string; request: Request }> {
  const { examId, batchId, eventId, actorRef } = world
  const whole = { examId, batchId, eventId, actorRef, copy: NO_COPY, ...subject }
  const { copyId, annotationId, lockToken } = whole.copy
  const values: Record<string, string> = {
    ...{ examId: whole.examId, batchId: whole.batchId, eventId: whole.eventId, copyId, annotationId },
    ...{ itemId: world.itemId, pageNumber: '1', level: '0', '*': '000.p/1' },
  }
  const [method = '', template = ''] = endpoint.split(' ')
  const path =
    template.replace(/:(\w+)|\*/g, (match, name = match) => values[name] ?? '') + (ASKED[endpoint] ?? '')
  const sent = (await SENT[endpoint]?.(world, whole)) ?? {}
  const isWriteOnCopy = method !== 'GET' && template.startsWith('/api/copies/')
  return { method, path, request: isWriteOnCopy ? { ...sent, lockToken } : sent }
}
