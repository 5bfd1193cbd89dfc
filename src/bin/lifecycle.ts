import closeWithGrace from 'close-with-grace'
import { translate } from '../http/problem.ts'
import type { Fields } from '../observability/fields.ts'
import { configureLogging, log } from '../observability/log.ts'
import type { Config } from '../platform/config.ts'
import { SECOND } from '../platform/units.ts'
import { type ProcessRole, startLogging } from './start-logging.ts'
import { VERSION } from './version.ts'

/** How long a process may take to finish what it is doing once asked to stop. */
export const STOP_DEADLINE_MS = 15 * SECOND
const DEADLINE_MS = STOP_DEADLINE_MS + 5 * SECOND

/** What a process tells the parent, if there is one, once it serves. */
export type Ready = {
  readonly url?: string
  /** The verifier key of a witness. */
  readonly vkey?: string
  readonly metricsUrl: string
  readonly logPaths: readonly string[]
}
/** A process that serves, and how to end that. */
export type Opened = Omit<Ready, 'logPaths'> & { close(): Promise<void> }

/**
 * The life of a process from its first log line to its last, which states why it ends: `open` makes it serve and says
 * how to stop that. Under `paraph start` Ctrl-C is the parent's affair; a parent that is gone means stop. Throws what
 * `open` throws, and `log-directory-unusable`.
 */
export async function runProcess(
  config: Config,
  role: ProcessRole,
  open: (logPaths: readonly string[]) => Promise<Opened>,
): Promise<void> {
  const logPaths = startLogging(config, role)
  let opening: Promise<Opened> | undefined
  // Before the first line: whoever reads it may ask the process to stop at once.
  stopGracefully({ role, isSupervised: config.isSupervised }, async () => (await opening)?.close())
  log.app.info('process.started', { 'process.role': role, 'service.version': VERSION })
  try {
    opening = open(logPaths)
    const { close: _, ...facts } = await opening
    process.send?.({ ...facts, logPaths } satisfies Ready)
  } catch (error) {
    const known = translate(error)
    // What has no name of ours keeps its own facts.
    const failure = known.code === 'internal' ? error : known
    logEnd('error', { 'process.role': role, 'process.exit.reason': 'error' }, failure)
    throw failure
  }
}

const SIGNALS_OF_A_TERMINAL = ['SIGINT', 'SIGHUP'] as const
/** Left to the system: a handler would swallow a fault of native code, which would then repeat for ever. */
const SIGNALS_NOT_HANDLED = [
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
] as const

function stopGracefully(
  { role, isSupervised }: { role: ProcessRole; isSupervised: boolean },
  close: () => Promise<void>,
) {
  const reasonFields = (reason: Fields['process.exit.reason'], signal?: string): Fields => ({
    'process.role': role,
    'process.exit.reason': reason,
    'process.signal': signal as Fields['process.signal'],
  })
  const graceful = closeWithGrace(
    {
      delay: DEADLINE_MS,
      logger: null,
      skip: [...SIGNALS_NOT_HANDLED, ...(isSupervised ? SIGNALS_OF_A_TERMINAL : [])],
      onTimeout: () => logEnd('error', reasonFields('deadline')),
      onSecondSignal: (signal) => logEnd('warning', reasonFields('signal', signal)),
      onSecondError: (error) => logEnd('critical', reasonFields('error'), error),
    },
    async ({ signal, err, manual }) => {
      const reason = err ? 'error' : signal ? 'signal' : manual ? 'parent-gone' : 'requested'
      const fields = reasonFields(reason, signal)
      if (err) log.app.critical('process.crashed', fields, err)
      else log.app.info('process.stopping', fields)
      try {
        await close()
        logEnd('info', fields)
      } catch (error) {
        logEnd('error', reasonFields('error'), error)
        throw error
      }
    },
  )
  if (isSupervised) for (const signal of SIGNALS_OF_A_TERMINAL) process.on(signal, () => undefined)
  process.once('disconnect', () => void graceful.close())
}

/** Writes the last line of the process, and sees to it that nothing comes after it. */
function logEnd(level: 'info' | 'warning' | 'error' | 'critical', fields: Fields, error?: unknown): void {
  log.app[level]('process.stopped', fields, error)
  configureLogging(undefined)
}
