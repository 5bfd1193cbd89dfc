import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'

/** The roles of accounts; one role per account. */
export const ROLES = ['admin', 'marker', 'operator', 'auditor', 'student'] as const
export type Role = (typeof ROLES)[number]

/** Who is signed in: opaque ids only. `accountId` is the database's, `actorRef` the one that events carry. */
export type Session = { readonly accountId: Id; readonly actorRef: Id; readonly role: Role }

/**
 * What must hold besides the role. `assigned-copy`: a marker must be the one the copy of the path is assigned to.
 * `exam-marker`: a marker must be among the markers of the exam of the path. Other roles pass both.
 * `released-copy`: the copy of the path must be the student's own, graded, and of an exam that is released.
 */
export type Ownership = 'none' | 'assigned-copy' | 'exam-marker' | 'released-copy'

export type Access = 'public' | { readonly roles: readonly Role[]; readonly ownership: Ownership }

/** An uploaded file, streamed: it must be consumed by the handler. */
export type Upload = {
  readonly content: Readable
  readonly fileName: Sensitive<string>
  /** What the request says its length is: that of the file and a little more. */
  readonly declaredBytes: number | undefined
  /** Throws `too-large` when the stream was cut, `malformed-upload` when more follows; call it once `content` has ended. */
  assertComplete(): Promise<void>
}

/** A file as an answer. */
export type FileResponse = {
  readonly content: Readable
  readonly mediaType: string
  readonly sizeBytes?: number
  /** File name proposed to the browser; an opaque id, never a person's or a scan's name. */
  readonly attachmentName?: string
  /** Whether the URL names the content for ever, so that the private cache may keep it. */
  readonly immutable?: boolean
}

/** What a handler is given, already parsed and checked. */
export type RouteInput<P, Q, B> = {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The signed-in account; absent only on public routes. */
  readonly session: Session
  /** From `If-Match`, present when the route asks for it. */
  readonly version: number
  /** From `X-Lock-Token`, the tab's fencing token. */
  readonly lockToken: Sensitive<string> | undefined
  /** From `Idempotency-Key`: the same key from the same account means the same request. */
  readonly idempotencyKey: Sensitive<string> | undefined
  readonly upload: () => Promise<Upload>
  /** Of a stream of events: aborted once nobody listens, or the listener is to ask anew. */
  readonly signal: AbortSignal
}

/** What a handler answers with: the shape of the route, a file, or events for as long as there are any. */
type AnswerOf<R extends z.ZodType> = R extends z.ZodType
  ? z.input<R> | FileResponse | AsyncIterable<unknown>
  : FileResponse | AsyncIterable<unknown>

export type RouteDefinition<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /**
   * Path template such as `/api/copies/:copyId/lock`, or with a `*` at its end for any rest, which is the parameter of
   * that name; also the label of metrics and log lines.
   */
  readonly path: string
  readonly summary: string
  readonly access: Access
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** The write names the version it changes (`If-Match`); without it 428. */
  readonly needsVersion?: boolean
  /** The request is one multipart file. */
  readonly takesUpload?: boolean
  /** Status of success; 200 unless said otherwise. */
  readonly status?: 200 | 201 | 202 | 204
  /**
   * Shape of the answer; members it does not name are never sent. `file` answers with a file of that media type,
   * `events` with server-sent events of that shape.
   */
  readonly response: R | { readonly file: string } | { readonly events: z.ZodType }
  /** Status of success when it depends on what happened. */
  readonly statusOf?: (answer: R extends z.ZodType ? z.input<R> : never) => 200 | 201 | 202
  readonly handle: (input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => Promise<AnswerOf<R>>
}

/** A route whatever its shapes, as the frame mounts it. */
export type Route = {
  readonly method: RouteDefinition<z.ZodType, z.ZodType, z.ZodType, z.ZodType>['method']
  readonly path: string
  readonly summary: string
  readonly access: Access
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly needsVersion: boolean
  readonly takesUpload: boolean
  readonly status: number
  readonly response: z.ZodType | { readonly file: string } | { readonly events: z.ZodType }
  readonly statusOf?: (answer: never) => number
  readonly handle: (input: RouteInput<never, never, never>) => Promise<unknown>
}

/** Declares one endpoint: rooms describe their routes as data, the HTTP frame mounts, checks and documents them. */
export function defineRoute<
  P extends z.ZodType = z.ZodNever,
  Q extends z.ZodType = z.ZodNever,
  B extends z.ZodType = z.ZodNever,
  R extends z.ZodType = z.ZodNever,
>(definition: RouteDefinition<P, Q, B, R>): Route {
  return { needsVersion: false, takesUpload: false, status: 200, ...definition } as Route
}

/** A route in the web standard's terms, for the library that signs people in and sets cookies. It reads its own body. */
export type RawRoute = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly body?: z.ZodType
  readonly response: z.ZodType
  /** Each client address has a small allowance of tries here, besides what the room counts itself. */
  readonly isSignIn?: boolean
  readonly handle: (request: Request) => Promise<Response>
}

/**
 * A route of a protocol that a library speaks (resumable uploads): the frame checks who asks, the library reads headers
 * and body. Only the headers that are named here come in and go out.
 */
export type ProtocolRoute = {
  readonly method: 'HEAD' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly summary: string
  readonly access: Exclude<Access, 'public'>
  readonly params?: z.ZodType
  readonly headers: z.ZodType
  readonly answerHeaders: z.ZodObject
  /** The body is bytes (`application/offset+octet-stream`), which the library reads as they arrive. */
  readonly takesBytes: boolean
  readonly status: 200 | 201 | 204
  readonly handle: (request: Request, session: Session, params: never) => Promise<Response>
}
