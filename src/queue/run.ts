import type { JobWithMetadata, PgBoss } from 'pg-boss'
import type { z } from 'zod'
import { runInBackground } from '../observability/background.ts'
import { runInContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import type { QueueName } from '../observability/vocabulary.ts'
import { AppError, errorCodeOf, isInterruption } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { type StoredJob, storedJobSchema } from './envelope.ts'
import { type JobDefinition, lostQueueOf } from './job.ts'
import { jobRun, jobWait } from './metrics.ts'
import { type Pauses, watchPauses } from './pauses.ts'
import { releaseJob } from './store.ts'
import { createWake, listenForJobs, type Wake } from './wake.ts'

export type JobRun = {
  readonly id: Id
  /** From 1. */
  readonly attempt: number
  /** Whether a failure of this attempt is the last word, so that the handler records it as such. */
  readonly isLastAttempt: boolean
}

export type JobHandler<P extends z.ZodType = z.ZodType> = {
  readonly job: JobDefinition<P>
  /** Does the work; safe to run again after a crash at any line. Throws a retryable `AppError` to be run again. */
  readonly run: (payload: z.output<P>, job: JobRun) => Promise<void>
  /** Called when every attempt was lost to dead workers (or has failed): records the end if nobody has yet. */
  readonly onLost: (payload: z.output<P>, job: { readonly id: Id }) => Promise<void>
  readonly concurrency: number
}

/** Pairs a job with its handler, keeping the payload's type. */
export function defineHandler<P extends z.ZodType>(handler: JobHandler<P>): JobHandler {
  return handler as unknown as JobHandler
}

/** Touching every few seconds tells the supervisor that the job is alive. */
const HEARTBEAT_EVERY_MS = 4 * SECOND
/** Delayed retries and jobs returned from the dead ring no bell: look for them this often. */
const LOOK_EVERY_MS = 1 * SECOND

export type Worker = {
  /** Stops taking jobs and waits for those that run, at most `deadlineMs`; what is left is rerun by another worker. */
  stop(deadlineMs: number): Promise<void>
  /** How long ago the slowest of the loops last saw its queue, or was too busy to look. */
  lastPollAgeSeconds(): number
}

/** Takes and runs jobs until stopped, woken by notifications. `url` is used for the listening connection. */
export function startWorker(deps: {
  readonly boss: PgBoss
  readonly url: string
  readonly applicationName: string
  readonly handlers: readonly JobHandler[]
}): Worker {
  const state = { stopping: false }
  const running = new Set<Promise<void>>()
  const wakes = new Map<string, Wake>()
  const lookedAt = new Map<AnyQueue, number>()
  const pauses = watchPauses(deps.boss)

  async function pump(
    queue: AnyQueue,
    concurrency: number,
    run: (job: TakenJob) => Promise<void>,
  ): Promise<void> {
    const wake = createWake()
    wakes.set(queue, wake)
    const looked = () => void lookedAt.set(queue, performance.now())
    looked()
    let busy = 0
    while (!state.stopping) {
      if (busy === concurrency) looked()
      const job = busy < concurrency ? await take(deps.boss, queue, pauses, looked) : undefined
      if (!job) {
        await wake.wait(LOOK_EVERY_MS)
        continue
      }
      busy += 1
      const work = run(job).finally(() => {
        busy -= 1
        running.delete(work)
        wake.ring()
      })
      running.add(work)
    }
  }

  const pumps = deps.handlers.flatMap((handler) => [
    pump(handler.job.queue, handler.concurrency, (job) => runJob(deps.boss, handler, job)),
    pump(lostQueueOf(handler.job.queue), 1, (job) => runLostJob(deps.boss, handler, job)),
  ])
  const listener = listenForJobs(deps.url, deps.applicationName, (queue) => {
    for (const [name, wake] of wakes) if (queue === undefined || queue === name) wake.ring()
  })

  /** A loop that was just taking a job when it was told to stop still starts it: first the loops, then what runs. */
  async function finish(): Promise<void> {
    await Promise.all([listener.close(), ...pumps])
    await Promise.all(running)
  }

  return {
    stop: async (deadlineMs) => {
      state.stopping = true
      for (const wake of wakes.values()) wake.ring()
      let timer: NodeJS.Timeout | undefined
      const deadline = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, deadlineMs)
      })
      await Promise.race([finish(), deadline])
      clearTimeout(timer)
    },
    lastPollAgeSeconds: () => (performance.now() - Math.min(...lookedAt.values())) / SECOND,
  }
}

/** A queue of jobs, or the one of those that no worker ended. */
type AnyQueue = QueueName | `${QueueName}-lost`

type TakenJob = JobWithMetadata<unknown>

/** The next job of a queue that is not paused; one that was taken as the queue was being paused is given back. */
async function take(
  boss: PgBoss,
  queue: AnyQueue,
  pauses: Pauses,
  onLook: () => void,
): Promise<TakenJob | undefined> {
  try {
    if (await pauses.isPaused(queue)) {
      onLook()
      return undefined
    }
    const [job] = await boss.fetch<unknown>(queue, { batchSize: 1, includeMetadata: true })
    onLook()
    if (!job || !(await pauses.isPausedNow(queue))) return job
    await releaseJob(boss, job)
    return undefined
  } catch (error) {
    runInBackground(() => log.jobs.warning('queue.fetch-failed', { 'job.queue': queue }, error))
    return undefined
  }
}

/** Runs one attempt inside the context of the click that started it, then settles it. Never throws. */
async function runJob(boss: PgBoss, handler: JobHandler, job: TakenJob): Promise<void> {
  const { queue, attempts } = handler.job
  const attempt = job.retryCount + 1
  const read = readJob(handler, job)
  if (!read) {
    await refuseUnreadable(boss, queue, job)
    return
  }
  await inJobContext(handler, read, attempt, async () => {
    const started = performance.now()
    const waitMs = Math.max(0, job.startedOn.getTime() - job.startAfter.getTime())
    const heartbeat = setInterval(() => void touch(boss, queue, job), HEARTBEAT_EVERY_MS)
    const isLastAttempt = attempt >= attempts
    let failure: unknown
    try {
      await handler.run(read.payload, { id: read.envelope.jobId, attempt, isLastAttempt })
    } catch (error) {
      failure = error ?? new Error('nothing was thrown')
    } finally {
      clearInterval(heartbeat)
    }
    const outcome = outcomeOf(failure, isLastAttempt)
    if (isInterruption(failure)) {
      await release(boss, queue, job)
      return
    }
    const code = failure === undefined ? undefined : errorCodeOf(failure)
    // A final refusal before the last attempt is settled as done: `fail` would run it again.
    await settle(boss, queue, job, outcome === 'failed' && !isLastAttempt ? 'completed' : outcome, code)
    // Up to the line itself: whoever reads it finds the beginning by counting back.
    const durationMs = performance.now() - started
    recordRun(queue, { outcome, attempt, waitMs, durationMs, failure, isLastAttempt })
  })
}

/** Gives the job back undecided; if that fails too, its heartbeat stops and the supervisor returns it. */
async function release(boss: PgBoss, queue: AnyQueue, job: TakenJob): Promise<void> {
  try {
    await releaseJob(boss, job)
    log.jobs.info('job.released', { 'job.queue': queue })
  } catch (error) {
    log.jobs.warning('job.settle-failed', { 'job.queue': queue }, error)
  }
}

type Outcome = 'completed' | 'retry' | 'failed'

/** An error that we did not foresee may pass; a refusal of ours that says it is final is not tried again. */
function outcomeOf(failure: unknown, isLastAttempt: boolean): Outcome {
  if (failure === undefined) return 'completed'
  return isLastAttempt || isFinal(failure) ? 'failed' : 'retry'
}

function isFinal(failure: unknown): boolean {
  return failure instanceof AppError && !failure.retryable
}

/**
 * Only a closed word is stored with a failure. The attempt is named, so that a worker that was thought dead cannot
 * settle its successor's attempt.
 */
async function settle(
  boss: PgBoss,
  queue: AnyQueue,
  job: TakenJob,
  outcome: Outcome,
  code: string | undefined,
): Promise<void> {
  const attempt = { id: job.id, retryCount: job.retryCount }
  try {
    if (outcome === 'completed') await boss.complete(queue, attempt, code === undefined ? null : { code })
    else await boss.fail(queue, attempt, { code })
  } catch (error) {
    // The heartbeat stops, the supervisor returns the job, and the handler finds the work done.
    log.jobs.error('job.settle-failed', { 'job.queue': queue }, error)
  }
}

async function touch(boss: PgBoss, queue: AnyQueue, job: TakenJob): Promise<void> {
  try {
    await boss.touch(queue, { id: job.id, retryCount: job.retryCount })
  } catch (error) {
    log.jobs.warning('job.settle-failed', { 'job.queue': queue }, error)
  }
}

/** The canonical line of the job, one more for its failure, and the metrics. */
function recordRun(
  queue: QueueName,
  run: {
    outcome: Outcome
    attempt: number
    waitMs: number
    durationMs: number
    failure: unknown
    isLastAttempt: boolean
  },
): void {
  log.jobs.info('job.run', {
    'job.queue': queue,
    'job.outcome': run.outcome,
    'job.wait_ms': Math.round(run.waitMs),
    duration_ms: Math.round(run.durationMs),
  })
  if (run.failure !== undefined) {
    const fields = { 'job.queue': queue, 'error.code': errorCodeOf(run.failure) }
    if (run.outcome === 'retry') log.jobs.warning('job.failed', fields, run.failure)
    else if (isFinal(run.failure)) log.jobs.error('job.failed', fields, run.failure)
    else log.jobs.critical('job.exhausted', fields, run.failure)
  }
  jobWait.observe({ queue }, run.waitMs / SECOND)
  jobRun.observe({ queue, outcome: run.outcome }, run.durationMs / SECOND)
}

/** Ends a job that its workers left without an end. */
async function runLostJob(boss: PgBoss, handler: JobHandler, job: TakenJob): Promise<void> {
  const queue = lostQueueOf(handler.job.queue)
  const read = readJob(handler, job)
  if (!read) {
    await refuseUnreadable(boss, queue, job)
    return
  }
  await inJobContext(handler, read, handler.job.attempts, async () => {
    try {
      await handler.onLost(read.payload, { id: read.envelope.jobId })
      await settle(boss, queue, job, 'completed', undefined)
      // A job that failed in an orderly way has had its line; this one's workers died without a word.
      if (!isSettledByUs(job.sourceOutput)) log.jobs.critical('job.lost', { 'job.queue': handler.job.queue })
    } catch (error) {
      log.jobs.error('job.failed', { 'job.queue': queue }, error)
      await settle(boss, queue, job, 'retry', errorCodeOf(error))
    }
  })
}

/** Whether the end of a job was written by `settle`, rather than by the supervisor of dead workers. */
function isSettledByUs(output: object | null): boolean {
  return output !== null && 'code' in output
}

/**
 * A job that this version cannot read fails without its handler: under its request if its envelope at least can be read,
 * else under an id of its own.
 */
async function refuseUnreadable(boss: PgBoss, queue: AnyQueue, job: TakenJob): Promise<void> {
  const { data: stored } = storedJobSchema.safeParse(job.data)
  const envelope = stored?.envelope ?? { requestId: `job-${job.id}` }
  await runInContext({ ...envelope, attempt: job.retryCount + 1, actor: { kind: 'system' } }, async () => {
    log.jobs.error('job.failed', { 'job.queue': queue, 'error.code': 'job-unreadable' })
    await settle(boss, queue, job, 'failed', 'job-unreadable')
  })
}

/** The job's envelope and payload, or undefined when this version cannot read them. */
function readJob(handler: JobHandler, job: TakenJob): StoredJob | undefined {
  const stored = storedJobSchema.safeParse(job.data)
  const payload = handler.job.payload.safeParse(stored.data?.payload)
  return stored.success && payload.success ? { ...stored.data, payload: payload.data } : undefined
}

function inJobContext(
  handler: JobHandler,
  job: StoredJob,
  attempt: number,
  work: () => Promise<void>,
): Promise<void> {
  const { requestId, traceparent, jobId } = job.envelope
  const about = handler.job.about?.(job.payload) ?? {}
  return runInContext({ requestId, traceparent, jobId, attempt, actor: { kind: 'system' }, ...about }, work)
}
