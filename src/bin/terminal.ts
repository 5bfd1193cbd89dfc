const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** One Ctrl-C may arrive twice, from the terminal and from the launcher; a later one means "now". */
const SAME_GESTURE_MS = 1_000

/** Resolves at the first signal that asks to stop, or when the parent that launched us is gone. A second one, later, ends at once. */
export function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    const stop = () => {
      if (first === undefined) {
        first = performance.now()
        resolve()
      } else if (performance.now() - first > SAME_GESTURE_MS) {
        process.exit(1)
      }
    }
    for (const signal of SIGNALS) process.on(signal, stop)
    process.once('disconnect', stop)
  })
}
