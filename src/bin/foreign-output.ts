import { log } from '../observability/log.ts'
import { reportFailure } from './failure.ts'

/** The methods of the console that write. */
const CONSOLE = [
  ...['assert', 'count', 'countReset', 'debug', 'dir', 'dirxml', 'error', 'group', 'groupCollapsed', 'info'],
  ...['log', 'table', 'time', 'timeEnd', 'timeLog', 'trace', 'warn'],
]

/**
 * Keeps what Node and libraries say by themselves off the streams of this process, since it may quote data. A warning
 * and a use of the console become log lines without their words; an error that nobody catches is told as
 * `reportFailure` does, unless the process has its own way to end (`lifecycle.ts`); and no signal opens a debugger,
 * through which every account of this machine could read what is in memory.
 */
export function silenceForeignOutput(): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => log.app.warning('foreign.warning', {}, warning))
  const writeNothing = () => log.app.warning('foreign.output')
  Object.assign(globalThis.console, Object.fromEntries(CONSOLE.map((name) => [name, writeNothing])))
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') === 1) process.exit(reportFailure(error))
  })
  process.on('SIGUSR1', () => undefined)
}
