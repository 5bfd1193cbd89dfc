import { AsyncResource } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Fields } from '../observability/fields.ts'
import { AppError } from '../platform/errors.ts'
import {
  type EngineMessage,
  type EngineProcess,
  engineFolder,
  pageIndexOf,
  removeAbandonedFolders,
  startEngineProcess,
} from './engine-process.ts'
import { type EngineErrorCode, type EngineFaultCode, engineError, isEngineFault } from './errors.ts'
import type { EngineTask, EngineWork } from './tasks.ts'

export type EnginePoolOptions = {
  /** Each child gets a folder of its own in here. */
  readonly workDirectory: string
  /** Documents at once. Default: one less than the cores, at least one. */
  readonly size?: number
  /** Cap of a child's data segment (`ulimit -d`). Default 2.5 GiB: below 1.5 GiB sharp cannot start. */
  readonly memoryLimitKib?: number
  /** Cap of a child's resident memory, polled where /proc exists. Default 1.5 GiB. */
  readonly residentLimitKib?: number
  /** Longest silence between two pages; also covers opening and saving. Default 20 s. */
  readonly pageTimeoutMs?: number
  /** Default 10 min. */
  readonly documentTimeoutMs?: number
  readonly onFault?: (code: EngineFaultCode) => void
  /** A child had done its share of documents. */
  readonly onRecycle?: () => void
  /** The child's entry. Only a test has a reason to change it. */
  readonly childModule?: string
}

export type EnginePoolState = {
  readonly size: number
  readonly running: number
  readonly waiting: number
  /** Children that could start a document at once. */
  readonly spare: number
  readonly processIds: readonly number[]
}

export type EnginePool = {
  /** Runs one task in a child, after those that wait. Errors: the codes of `errors.ts`, as AppError. */
  run<T extends EngineTask>(
    task: T,
    hooks?: { readonly onProgress?: (progress: EngineWork[T['kind']]['progress']) => void },
  ): Promise<EngineWork[T['kind']]['result']>
  describe(): EnginePoolState
  /** Kills the children; what runs or waits is rejected with `engine-closed`. */
  close(): Promise<void>
}

type Job = {
  readonly task: EngineTask
  readonly onProgress: (value: unknown) => void
  readonly onFault: (code: EngineFaultCode) => void
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Engine = {
  process: EngineProcess | undefined
  state: 'starting' | 'idle' | 'busy' | 'cleaning' | 'gone'
  documents: number
  onMessage: (message: EngineMessage) => void
  /** Ends the running job with an error. */
  fail: (code: EngineErrorCode) => void
  readonly finished: Promise<void>
}

const documentsPerChild = 100
const startTimeoutMs = 30_000
const residentPollMs = 250
/** After this many children that died before being ready, waiting jobs fail instead of hanging. */
const startAttempts = 3

/**
 * Messages of a child arrive in the context in which the child was started, which is another caller's: what is called
 * back runs in the context of the one who asked, so that its log lines carry the right request id.
 */
function inCallersContext<A extends readonly unknown[]>(
  callback: (...args: A) => void,
): (...args: A) => void {
  return AsyncResource.bind(callback)
}

/**
 * Keeps child processes that work on one document each, with clocks and memory caps, and one warm spare.
 * A child is killed and replaced after a fault, a timeout or 100 documents; `onFault` counts the faults.
 * Effects: processes, folders in `workDirectory`. Call `close()`.
 */
export function createEnginePool(options: EnginePoolOptions): EnginePool {
  const size = options.size ?? Math.max(1, availableParallelism() - 1)
  const module = options.childModule ?? fileURLToPath(new URL('./engine-child.ts', import.meta.url))
  const engines = new Set<Engine>()
  const waiting: Job[] = []
  let closed = false
  let started = 0
  let failedStarts = 0

  const count = (state: Engine['state']) => [...engines].filter((engine) => engine.state === state).length

  function pump(): void {
    if (closed) return
    for (const engine of engines) {
      if (waiting.length === 0 || count('busy') >= size) break
      if (engine.state !== 'idle') continue
      const job = waiting.shift()
      if (job !== undefined) runJob(engine, job)
    }
    const wanted = Math.min(size + 1, count('busy') + waiting.length + 1)
    for (let alive = engines.size; alive < wanted; alive++) startEngine()
  }

  function startEngine(): void {
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    const engine: Engine = {
      process: undefined,
      state: 'starting',
      documents: 0,
      onMessage: (message) => {
        if (message.type !== 'ready' || engine.state !== 'starting') return
        failedStarts = 0
        engine.state = 'idle'
        pump()
      },
      fail: () => undefined,
      finished,
    }
    engines.add(engine)
    void liveAndDie(engine).finally(finish)
  }

  async function liveAndDie(engine: Engine): Promise<void> {
    started += 1
    const startTimer = setTimeout(() => engine.state === 'starting' && engine.process?.kill(), startTimeoutMs)
    try {
      engine.process = await startEngineProcess({
        module,
        folder: engineFolder(options.workDirectory, started),
        memoryLimitKib: options.memoryLimitKib ?? 2_621_440,
        onMessage: (message) => engine.onMessage(message),
      })
      if (closed) engine.process.kill()
      await engine.process.exited
    } catch {
      // No folder or no process: nothing to clean, and the count below keeps waiting jobs from hanging.
    }
    clearTimeout(startTimer)
    if (engine.state === 'starting') failedStarts += 1
    engine.fail('engine-fault')
    retire(engine)
    if (failedStarts >= startAttempts) {
      failedStarts = 0
      for (const job of waiting.splice(0)) job.reject(faultError(job, 'engine-fault'))
      return // The next `run` tries again; a loop of failing starts would burn a core.
    }
    pump()
  }

  function retire(engine: Engine): void {
    engine.state = 'gone'
    engines.delete(engine)
    engine.process?.kill()
  }

  function runJob(engine: Engine, job: Job): void {
    const child = engine.process
    engine.state = 'busy'
    engine.documents += 1
    let pageIndex: number | undefined
    let settled = false
    const documentTimer = setTimeout(() => engine.fail('timeout'), options.documentTimeoutMs ?? 600_000)
    const pageTimer = setTimeout(() => engine.fail('timeout'), options.pageTimeoutMs ?? 20_000)
    const memoryTimer = setInterval(async () => {
      const residentKib = await child?.readResidentKib()
      if (residentKib !== undefined && residentKib > (options.residentLimitKib ?? 1_572_864))
        engine.fail('out-of-memory')
    }, residentPollMs)

    const settle = (code?: EngineErrorCode): boolean => {
      if (settled) return false
      settled = true
      clearTimeout(documentTimer)
      clearTimeout(pageTimer)
      clearInterval(memoryTimer)
      const isSpoilt = code !== undefined && isEngineFault(code)
      const isSpent = engine.documents >= documentsPerChild
      if (isSpoilt || isSpent) {
        retire(engine)
        if (!isSpoilt) options.onRecycle?.()
        pump()
      } else void freeEngine(engine)
      return true
    }
    engine.fail = (code) => {
      if (settle(code)) job.reject(faultError(job, code, { 'page.last_index': pageIndex }))
    }
    engine.onMessage = (message) => {
      if (settled) return
      if (message.type === 'done' && settle()) job.resolve(message.value)
      if (message.type === 'failed' && settle(message.code)) {
        job.reject(faultError(job, message.code, { 'page.index': message.pageIndex }))
      }
      if (message.type !== 'progress') return
      pageTimer.refresh()
      pageIndex = pageIndexOf(message.value) ?? pageIndex
      try {
        job.onProgress(message.value)
      } catch (error) {
        // The child is in the middle of a document that nobody wants any more: it said what no engine says, or the
        // failure is the caller's own.
        const isFault = error instanceof AppError && error.code === 'engine-fault'
        if (!settle('engine-fault')) return
        job.reject(isFault ? faultError(job, 'engine-fault', { 'page.last_index': pageIndex }) : error)
      }
    }
    child?.send(job.task, () => engine.fail('engine-fault'))
  }

  async function freeEngine(engine: Engine): Promise<void> {
    engine.state = 'cleaning'
    try {
      await engine.process?.emptyFolder()
      if (engine.state === 'cleaning') engine.state = 'idle'
    } catch {
      retire(engine)
    }
    pump()
  }

  function faultError(job: Job, code: EngineErrorCode, context: Fields = {}) {
    if (isEngineFault(code) && !closed) job.onFault(code)
    return engineError(code, context)
  }

  // A folder that cannot be removed today does no harm, and the next start tries again.
  void removeAbandonedFolders(options.workDirectory).catch(() => undefined)
  pump()
  return {
    run: (task, hooks) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(engineError('engine-closed'))
        waiting.push({
          task,
          resolve: resolve as (value: unknown) => void,
          reject,
          onProgress: inCallersContext((hooks?.onProgress ?? (() => undefined)) as (value: unknown) => void),
          onFault: inCallersContext((code: EngineFaultCode) => options.onFault?.(code)),
        })
        pump()
      }),
    describe: () => ({
      size,
      running: count('busy'),
      waiting: waiting.length,
      spare: count('idle'),
      processIds: [...engines].flatMap((engine) => engine.process?.pid ?? []),
    }),
    close: async () => {
      closed = true
      for (const job of waiting.splice(0)) job.reject(engineError('engine-closed'))
      const dying = [...engines]
      for (const engine of dying) {
        engine.fail('engine-closed')
        retire(engine)
      }
      await Promise.all(dying.map((engine) => engine.finished))
    },
  }
}
