import type { PgBoss } from 'pg-boss'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { z } from 'zod'
import { getContext, runInContext, type WorkContext } from '../../src/observability/context.ts'
import { configureLogging } from '../../src/observability/log.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { inTransaction } from '../../src/platform/database.ts'
import { newId } from '../../src/platform/ids.ts'
import { openBoss } from '../../src/queue/boss.ts'
import { createEnqueue, type Enqueue } from '../../src/queue/enqueue.ts'
import { installQueues } from '../../src/queue/install.ts'
import { defineJob, type JobDefinition } from '../../src/queue/job.ts'
import { defineHandler, type JobHandler, type JobRun, startWorker, type Worker } from '../../src/queue/run.ts'
import { createTestDatabase, runAs, type TestDatabase } from './database.ts'

export const MARKER = 'ZoeMarqueur'
export const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
export const SYSTEM = { kind: 'system' } as const
export const payload = z.object({ thingId: idSchema })
export type Payload = z.output<typeof payload>

/** One queue of the application, emptied before each test, so that none sees the jobs of another. */
export const job: JobDefinition<typeof payload> = defineJob({
  queue: 'import-batch',
  payload,
  attempts: 3,
  expireInSeconds: 60,
})

export let database: TestDatabase
export let boss: PgBoss
export let enqueue: Enqueue
export let lines: Record<string, unknown>[] = []
let workers: Worker[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  await installQueues(database.ownerUrl, [job as unknown as JobDefinition])
  boss = await openBoss(database.url, { applicationName: 'paraph-test', supervise: true })
  enqueue = createEnqueue({ boss, retrySeconds: 1 })
})
afterAll(async () => {
  await boss.stop({ graceful: false })
  await database.drop()
})
beforeEach(async () => {
  await runAs(database.ownerUrl, 'delete from pgboss.job')
  lines = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(5_000)))
  workers = []
  configureLogging(undefined)
})

/** Enqueues as a request does. */
export function send(
  thing: Payload = { thingId: newId() },
  context: Partial<WorkContext> = {},
): Promise<string> {
  return runInContext({ requestId: newId(), actor: SYSTEM, ...context }, () =>
    inTransaction(database.db, (tx) => enqueue(tx, job, thing)),
  )
}

export type Run = { payload: Payload; job: JobRun; context: WorkContext }

/** A worker for the queue of this test; `work` does what the handler does. */
export function work(
  handler: {
    work?: (run: Run) => Promise<void>
    onLost?: (lost: Payload, job: { readonly id: string }) => Promise<void>
    concurrency?: number
    on?: PgBoss
  } = {},
): { worker: Worker; runs: Run[]; lost: { payload: Payload; id: string; context: WorkContext }[] } {
  const runs: Run[] = []
  const lost: { payload: Payload; id: string; context: WorkContext }[] = []
  const handlers: JobHandler[] = [
    defineHandler({
      job,
      concurrency: handler.concurrency ?? 1,
      run: async (given, running) => {
        const run = { payload: given, job: running, context: getContext() }
        runs.push(run)
        await handler.work?.(run)
      },
      onLost: async (given, { id }) => {
        lost.push({ payload: given, id, context: getContext() })
        await handler.onLost?.(given, { id })
      },
    }),
  ]
  const worker = startWorker({
    boss: handler.on ?? boss,
    url: database.url,
    applicationName: 'paraph-test',
    handlers,
  })
  workers.push(worker)
  return { worker, runs, lost }
}

export type Row = {
  id: string
  name: string
  state: string
  retry_count: number
  output: unknown
  data: unknown
  start_after: Date
}
export const rows = (queue: string = job.queue) =>
  runAs<Row>(database.ownerUrl, 'select * from pgboss.job where name = $1 order by created_on', [queue])
export const stateOf = async (id: string) => (await rows()).find((row) => row.id === id)?.state
export const untilState = (id: string, state: string) =>
  expect.poll(() => stateOf(id), { timeout: 15_000, interval: 30 }).toBe(state)
export const until = (ask: () => unknown) => expect.poll(ask, { timeout: 15_000, interval: 20 }).toBeTruthy()
/** Makes the waiting time of a retry pass. */
export const letRetryTimePass = () =>
  runAs(database.ownerUrl, `update pgboss.job set start_after = now() where name = $1 and state = 'retry'`, [
    job.queue,
  ])
/** Makes a worker look dead to the supervisor. */
export const letHeartbeatStop = () =>
  runAs(
    database.ownerUrl,
    `update pgboss.job set heartbeat_on = now() - interval '1 hour' where name = $1 and state = 'active'`,
    [job.queue],
  )
/** Runs a job that always ends this way, without its waiting times, until no attempt is left. */
export async function untilEnd(id: string, state: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await letRetryTimePass()
        return stateOf(id)
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(state)
}
/** Everything that the queue stores, as text. */
export const everythingStored = async () =>
  JSON.stringify(
    await runAs(database.ownerUrl, 'select * from pgboss.job where name like $1', [`${job.queue}%`]),
  )
export const linesOf = (event: string) => lines.filter((line) => line['event'] === event)
export function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
