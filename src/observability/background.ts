import { randomUUID } from 'node:crypto'
import { runInContext } from './context.ts'

/**
 * Runs work that nobody asked for (a scheduled task, a collector, a connection that listens) in a context of its own:
 * the request id is `job-<uuid>`, the actor is the system. It never keeps the context it is called in, since timers and
 * pools have that of whoever happened to start them.
 */
export function runInBackground<T>(work: () => T): T {
  return runInContext({ requestId: `job-${randomUUID()}`, actor: { kind: 'system' } }, work)
}
