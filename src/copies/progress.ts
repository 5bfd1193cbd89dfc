import { runInBackground } from '../observability/background.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { listProgress } from './batch-store.ts'
import type { BatchProgress } from './contract.ts'

const LOOK_EVERY_MS = 1 * SECOND

/** Told what there is to say of a batch; undefined when there is no such batch any more. */
type Listener = (progress: BatchProgress | undefined) => void

/** Follows one batch until its import has ended or the signal says so. Throws `not-found`. */
export type WatchProgress = (batchId: Id, signal: AbortSignal) => Promise<AsyncIterable<BatchProgress>>

/**
 * Watches imports for whoever listens: one question to the database each second for all batches and all listeners, none
 * while nobody listens, and no connection in between.
 */
export function createProgressWatch(db: Database, everyMs = LOOK_EVERY_MS): WatchProgress {
  const listeners = new Map<Id, Set<Listener>>()
  let isLooking = false

  async function look(): Promise<void> {
    try {
      const found = new Map((await listProgress(db, [...listeners.keys()])).map((row) => [row.id, row]))
      for (const [batchId, all] of listeners) {
        const row = found.get(batchId)
        for (const listener of all) listener(row && progressOf(row))
      }
    } catch (error) {
      // The listeners hear of it when the database answers again.
      log.grading.warning('import.progress-unread', {}, error)
    }
    lookAgain()
  }

  /** In a while, while there are listeners; it is the work of none of them. */
  function lookAgain(): void {
    isLooking = listeners.size > 0
    if (isLooking) setTimeout(() => void runInBackground(look), everyMs)
  }

  function listen(batchId: Id, listener: Listener): () => void {
    const all = listeners.get(batchId) ?? new Set()
    listeners.set(batchId, all.add(listener))
    if (!isLooking) lookAgain()
    return () => {
      all.delete(listener)
      if (all.size === 0 && listeners.get(batchId) === all) listeners.delete(batchId)
    }
  }

  return async (batchId, signal) => {
    const [row] = await listProgress(db, [batchId])
    if (!row) throw new AppError('not-found', { title: 'There is no such batch.' })
    return follow(progressOf(row), (listener) => listen(batchId, listener), signal)
  }
}

function progressOf({ status, pageCount, pagesDone, errorCode }: BatchProgress): BatchProgress {
  return { status, pageCount, pagesDone, errorCode }
}

/** What there is now, then each change. Only the newest is kept for a listener who is slow. */
async function* follow(
  first: BatchProgress,
  listen: (listener: Listener) => () => void,
  signal: AbortSignal,
): AsyncGenerator<BatchProgress> {
  let latest: BatchProgress | undefined = first
  let wake: () => void = () => undefined
  const stop = listen((progress) => {
    latest = progress
    wake()
  })
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  try {
    for (let told = ''; latest !== undefined && !signal.aborted; ) {
      const text = JSON.stringify(latest)
      if (text !== told) {
        told = text
        yield latest
        if (latest.status === 'IMPORTED' || latest.status === 'FAILED') return
      }
      if (JSON.stringify(latest) === told && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stop()
  }
}
