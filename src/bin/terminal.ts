import { AppError } from '../platform/errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** One Ctrl-C may arrive twice, from the terminal and from the launcher; a later one means "now". */
const SAME_GESTURE_MS = 1_000

/**
 * Listens from now on for what asks to stop: a signal, or the end of the launcher that started us. The promise resolves
 * at the first; a later signal ends the process at once. Call it before anything that must not be left behind.
 */
export function listenForStop(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    const stop = () => {
      if (first === undefined) {
        first = performance.now()
        process.removeListener('disconnect', stop)
        resolve()
      } else if (performance.now() - first > SAME_GESTURE_MS) {
        process.exit(1)
      }
    }
    for (const signal of SIGNALS) process.on(signal, stop)
    process.once('disconnect', stop)
    // Listening to the launcher's channel would keep this process alive after its work.
    process.channel?.unref()
  })
}

/** Waits for the work, or throws `interrupted` as soon as a stop is asked for; the caller then puts its things away. */
export function untilStopped<T>(stopped: Promise<void>, work: Promise<T>): Promise<T> {
  // When the stop comes first, a later failure of the work must not count as unhandled.
  work.catch(() => undefined)
  const interruption = stopped.then(() => {
    throw new AppError('interrupted', { title: 'Stopped before the end.' })
  })
  return Promise.race([work, interruption])
}
