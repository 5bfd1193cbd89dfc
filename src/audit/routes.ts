import { Readable } from 'node:stream'
import type { Id } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'
import { defineRoute, type FileResponse, type Route } from '../platform/http-route.ts'
import type { Keys } from '../platform/keys.ts'
import {
  eventPage,
  eventParams,
  eventsQuery,
  type StreamProof,
  storedEvent,
  streamParams,
  streamProof,
} from './contract.ts'
import { assertProved } from './proof-refusal.ts'
import type { ProvedEvent, Unproved } from './prove.ts'
import { getEvent, queryEvents } from './query.ts'
import type { RecordRead } from './record-read.ts'

/** What this room is given by `bin` for its routes. */
export type AuditDeps = {
  readonly db: Database
  readonly keys: Keys
  readonly recordRead: RecordRead
  /** By the published log, whose folder and key `bin` knows. */
  readonly proveEvent: (eventId: string) => Promise<ProvedEvent | Unproved>
  readonly proveStream: (streamRef: Id) => Promise<StreamProof>
}

const READERS = { roles: ['auditor', 'admin'], ownership: 'none' } as const

/** Reading the log. Every answer is noted on the stream of its reader before it leaves. */
export function auditRoutes(deps: AuditDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/audit/events',
      summary: 'Events by stream, exam, actor, request, action, failure and time, page by page.',
      access: READERS,
      query: eventsQuery,
      response: eventPage,
      handle: async ({ session, query }) => {
        const page = await queryEvents(deps, query)
        await deps.recordRead(session, { what: 'events', events: page.events.length })
        return page
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/audit/events/:eventId',
      summary: 'One event with its bytes and its place in the log.',
      access: READERS,
      params: eventParams,
      response: storedEvent,
      handle: async ({ session, params }) => {
        const event = await getEvent(deps, params.eventId)
        await deps.recordRead(session, { what: 'events', events: 1 })
        return event
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/audit/events/:eventId/proof',
      summary: 'The proof that an event is in the published log, for anybody to check offline (tlog-proof).',
      access: READERS,
      params: eventParams,
      response: { file: PROOF },
      handle: async ({ session, params: { eventId } }) => {
        const proof = assertProved(await deps.proveEvent(eventId))
        await deps.recordRead(session, { what: 'proof', events: 1 })
        return toFile(proof, eventId)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/audit/streams/:streamRef/proof',
      summary:
        'What shows whether the events of a copy, or of anything, are whole and those of the published log.',
      access: READERS,
      params: streamParams,
      response: streamProof,
      handle: async ({ session, params }) => {
        const proof = await deps.proveStream(params.streamRef)
        await deps.recordRead(session, { what: 'proof', events: proof.entries.length })
        return proof
      },
    }),
  ]
}

const PROOF = 'text/plain; charset=utf-8'

function toFile({ file }: ProvedEvent, eventId: string): FileResponse {
  const bytes = Buffer.from(file)
  return {
    content: Readable.from([bytes]),
    sizeBytes: bytes.length,
    mediaType: PROOF,
    attachmentName: `event-${eventId}.tlog-proof`,
  }
}
