import { AsyncLocalStorage } from 'node:async_hooks'
import type { Id } from './id.ts'

/** Who acts: a signed-in account, the system itself, or an operator at the command line. Opaque ids only. */
export type Actor =
  | { readonly kind: 'user'; readonly id: Id; readonly ref: Id; readonly role: string }
  | { readonly kind: 'operator'; readonly ref: Id }
  | { readonly kind: 'system' }

/** What the current work is about. It travels by itself through every await, into every job it enqueues. */
export type WorkContext = {
  readonly requestId: string
  readonly actor: Actor
  readonly traceparent?: string | undefined
  readonly jobId?: Id | undefined
  /** Attempt of the current job, from 1. */
  readonly attempt?: number | undefined
  readonly copyId?: Id | undefined
  readonly examId?: Id | undefined
}

const storage = new AsyncLocalStorage<WorkContext>()

/** Runs `work` inside a context; nested calls replace the outer one. */
export function runInContext<T>(context: WorkContext, work: () => T): T {
  return storage.run(Object.isFrozen(context) ? context : Object.freeze({ ...context }), work)
}

/** Runs `work` with some members of the current context replaced (the actor once the session is known, say). */
export function runWith<T>(changes: Partial<WorkContext>, work: () => T): T {
  return storage.run(Object.freeze({ ...getContext(), ...changes }), work)
}

/** The current context, or undefined outside of any request or job (start-up, shutdown). */
export function findContext(): WorkContext | undefined {
  return storage.getStore()
}

/** The current context. Throws outside of one: work that writes an event or enqueues a job always has an origin. */
export function getContext(): WorkContext {
  const context = storage.getStore()
  if (!context) throw new Error('no work context: open one with runInContext')
  return context
}
