import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { configureLogging, log } from '../observability/log.ts'
import { defineCounter } from '../observability/metrics.ts'
import { openRotatingFile } from '../observability/rotating-file.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { SECOND } from '../platform/units.ts'

/** How long a process may take to finish what it is doing once asked to stop. */
export const STOP_DEADLINE_MS = 15 * SECOND

const writeErrors = defineCounter('log_write_errors_total', 'Log lines that could not be written.', {
  reason: 'open',
})
const fieldsDropped = defineCounter(
  'log_fields_dropped_total',
  'Log values that were not allowed and left out.',
  {},
)

/** Sends the lines of this process to its files, `<logs>/<role>/{app,audit}.log`, or to standard output. */
export function startLogging(config: Config, role: 'api' | 'worker'): void {
  const now = systemClock.now
  const onDropped = (count: number) => fieldsDropped.inc({}, count)
  if (config.logTo === 'stdout') {
    const stdout = { write: (line: string) => void process.stdout.write(line) }
    configureLogging({ audit: stdout, app: stdout, now, onDropped, debug: config.logDebug })
    return
  }
  const folder = join(config.logsDirectory, role)
  const onWriteError = (code: string) => writeErrors.inc({ reason: code })
  configureLogging({
    audit: openRotatingFile(join(folder, 'audit.log'), { onWriteError }),
    app: openRotatingFile(join(folder, 'app.log'), { onWriteError }),
    now,
    onDropped,
    debug: config.logDebug,
  })
}

const SIGNALS_OF_A_TERMINAL = ['SIGINT', 'SIGHUP'] as const

/**
 * Runs `close` when the process is asked to stop or fails, and writes why as its last line. Under `paraph start`
 * Ctrl-C is the parent's affair; a parent that is gone means stop.
 */
export function stopGracefully(
  options: { role: 'api' | 'worker'; isSupervised: boolean },
  close: () => Promise<void>,
): void {
  const { role, isSupervised } = options
  const graceful = closeWithGrace(
    {
      delay: STOP_DEADLINE_MS + 5 * SECOND,
      logger: null,
      skip: isSupervised ? [...SIGNALS_OF_A_TERMINAL] : [],
    },
    async ({ signal, err, manual }) => {
      const reason = err ? 'error' : signal ? 'signal' : manual ? 'parent-gone' : 'requested'
      const fields = { 'process.role': role, 'process.exit.reason': reason } as const
      if (err) log.app.critical('process.crashed', fields, err)
      else log.app.info('process.stopping', { ...fields, 'process.signal': signal as 'SIGTERM' | undefined })
      await close()
      log.app.info('process.stopped', fields)
    },
  )
  if (isSupervised) for (const signal of SIGNALS_OF_A_TERMINAL) process.on(signal, () => undefined)
  process.once('disconnect', () => void graceful.close())
}

/** Tells the parent, if there is one, that this process serves. */
export function reportReady(urls: { url?: string; metricsUrl: string }): void {
  process.send?.({ ready: true, ...urls })
}
