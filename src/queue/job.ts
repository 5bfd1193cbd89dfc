import type { z } from 'zod'
import type { WorkContext } from '../observability/context.ts'
import type { QueueName } from '../observability/vocabulary.ts'
import { AppError } from '../platform/errors.ts'

/** A kind of background work: its queue and the shape of its payload (ids only, never a person's data). */
export type JobDefinition<P extends z.ZodType = z.ZodType> = {
  readonly queue: QueueName
  readonly payload: P
  /** What the job is about, for the context of its log lines. */
  readonly about?: (payload: z.output<P>) => Pick<WorkContext, 'copyId' | 'examId'>
  /** Attempts in all, the first included. */
  readonly attempts: number
  /** Whether the pause after each attempt is twice the one before, as it is unless the job says otherwise. */
  readonly hasBackoff?: boolean
  /** Longest run of one attempt, in seconds. A worker that dies is noticed by its heartbeat long before. */
  readonly expireInSeconds: number
}

/** Declares a job. */
export function defineJob<P extends z.ZodType>(definition: JobDefinition<P>): JobDefinition<P> {
  return definition
}

/** Where the jobs of `queue` go that no worker ended: all attempts lost to a crash. */
export function lostQueueOf<Q extends QueueName>(queue: Q): `${Q}-lost` {
  return `${queue}-lost`
}

/** Why a job failed that no worker ended. */
export function workerLost(): AppError {
  return new AppError('worker-lost', { title: 'The worker was lost.' })
}
