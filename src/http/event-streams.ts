import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import type { Id } from '../observability/id.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { MINUTE, SECOND } from '../platform/units.ts'

export type EventStreamLimits = {
  /** Streams of one account that are open at once. */
  readonly perAccount: number
  /** After so much silence a comment is sent, so that no proxy takes the connection for dead. */
  readonly heartbeatMs: number
  /** Then a listener has to ask anew, and its session is looked at again. */
  readonly longestMs: number
}

export const EVENT_STREAM_LIMITS: EventStreamLimits = {
  perAccount: 12,
  heartbeatMs: 15 * SECOND,
  longestMs: 10 * MINUTE,
}

/** How long a browser waits before it asks anew. */
const RETRY_MS = 2 * SECOND

export type EventStreams = {
  /** Answers with the events that `open` gives, until there are no more. Throws `too-many-requests`. */
  serve(
    reply: FastifyReply,
    session: Session | undefined,
    shape: z.ZodType,
    open: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<FastifyReply>
}

/** Server-sent events (HTML, §9.2). All streams end when the server is asked to stop. */
export function createEventStreams(app: FastifyInstance, limits: EventStreamLimits): EventStreams {
  const listeners = new Map<Id | undefined, number>()
  const stopping = new AbortController()
  app.addHook('preClose', (done) => {
    stopping.abort()
    done()
  })

  function enter(account: Id | undefined): () => void {
    const open = listeners.get(account) ?? 0
    if (open >= limits.perAccount) {
      throw new AppError('too-many-requests', {
        title: 'Too many listeners of one account; close one of them.',
        retryAfterSeconds: limits.longestMs / SECOND,
      })
    }
    listeners.set(account, open + 1)
    return () => {
      const left = (listeners.get(account) ?? 1) - 1
      if (left > 0) listeners.set(account, left)
      else listeners.delete(account)
    }
  }

  return {
    serve: async (reply, session, shape, open) => {
      const gone = new AbortController()
      const leave = enter(session?.accountId)
      reply.raw.once('close', () => {
        gone.abort()
        leave()
      })
      const signal = AbortSignal.any([gone.signal, stopping.signal, AbortSignal.timeout(limits.longestMs)])
      const events = (await open(signal)) as AsyncIterable<unknown>
      return (
        reply
          .header('content-type', 'text/event-stream')
          .header('x-accel-buffering', 'no')
          // Kept open after its end, the connection would keep a server that is stopping.
          .header('connection', 'close')
          .send(Readable.from(write(events, { shape, signal, heartbeatMs: limits.heartbeatMs })))
      )
    },
  }
}

async function* write(
  events: AsyncIterable<unknown>,
  { shape, signal, heartbeatMs }: { shape: z.ZodType; signal: AbortSignal; heartbeatMs: number },
): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`
  const iterator = events[Symbol.asyncIterator]()
  try {
    let next = iterator.next()
    while (!signal.aborted) {
      const found = await Promise.race([next, silence(signal, heartbeatMs, next)])
      if (found === undefined) {
        if (!signal.aborted) yield ': still here\n\n'
        continue
      }
      if (found.done) return
      yield `data: ${JSON.stringify(shape.parse(found.value))}\n\n`
      next = iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
}

/** Resolves after that much silence, or as soon as the signal says so; `heard` takes its timer back. */
function silence(signal: AbortSignal, milliseconds: number, heard: Promise<unknown>): Promise<undefined> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve(undefined)
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
    heard.then(end, end)
  })
}
