import { fromKysely, type PgBoss } from 'pg-boss'
import type { z } from 'zod'
import type { Id } from '../observability/id.ts'
import type { Tx } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { makeEnvelope } from './envelope.ts'
import type { JobDefinition } from './job.ts'

/** A job with many attempts must not come to wait for hours. */
const BACKOFF = { retryBackoff: true, retryDelayMax: 240 } as const

/** Puts a job on its queue inside the caller's transaction; returns its id. */
export type Enqueue = <P extends z.ZodType>(
  tx: Tx,
  job: JobDefinition<P>,
  payload: z.output<P>,
) => Promise<Id>

/**
 * Makes `enqueue`: the job exists if and only if the transaction commits. The request id and the trace come from the
 * context; without one it throws. `retrySeconds` is the delay before the second attempt, doubled (with jitter) after it
 * where the job has a backoff.
 */
export function createEnqueue(deps: { readonly boss: PgBoss; readonly retrySeconds: number }): Enqueue {
  return async (tx, job, payload) => {
    const id = newRef()
    await deps.boss.send(
      job.queue,
      { envelope: makeEnvelope(id), payload: job.payload.parse(payload) as object },
      {
        id,
        retryLimit: job.attempts - 1,
        retryDelay: deps.retrySeconds,
        ...(job.hasBackoff === false ? {} : BACKOFF),
        db: fromKysely(tx),
      },
    )
    return id
  }
}
