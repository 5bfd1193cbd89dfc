import { join } from 'node:path'
import { configureLogging, type LogDestination } from '../observability/log.ts'
import { claimLogDirectory, DirectoryNotPrivate } from '../observability/log-directory.ts'
import { countDroppedFields, countLogWriteError } from '../observability/log-metrics.ts'
import { openRotatingFile } from '../observability/rotating-file.ts'
import { openStandardOutput } from '../observability/standard-output.ts'
import { formatForTerminal } from '../observability/terminal-lines.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'

type Destinations = {
  readonly audit: LogDestination
  readonly app: LogDestination
  /** The files, if there are any. */
  readonly paths: readonly string[]
}

/** The processes that serve, each with a log folder of its own. */
export type ProcessRole = 'api' | 'worker' | 'witness'

/**
 * Sends the lines of this process where the settings say; returns the paths of its files. Throws
 * `log-directory-unusable`.
 */
export function startLogging(config: Config, role: ProcessRole): readonly string[] {
  const { audit, app, paths } = openDestinations(config, role)
  configureLogging({
    audit,
    app,
    now: systemClock.now,
    onDropped: countDroppedFields,
    debug: config.logDebug,
  })
  return paths
}

function openDestinations(config: Config, role: ProcessRole): Destinations {
  if (config.logTo === 'files') return openFiles(config.logsDirectory, role)
  const stdout = openStandardOutput({ onWriteError: countLogWriteError })
  const destination =
    config.logTo === 'pretty'
      ? { write: (line: string) => stdout.write(formatForTerminal(line, process.stdout)) }
      : stdout
  return { audit: destination, app: destination, paths: [] }
}

/** `<logs>/<role>/{app,audit}.log`. */
function openFiles(logs: string, role: string): Destinations {
  try {
    const folder = claimLogDirectory(logs, role)
    const paths = { app: join(folder, 'app.log'), audit: join(folder, 'audit.log') }
    const open = (path: string) => openRotatingFile(path, { onWriteError: countLogWriteError })
    return { app: open(paths.app), audit: open(paths.audit), paths: [paths.app, paths.audit] }
  } catch (cause) {
    throw new AppError('log-directory-unusable', {
      title:
        cause instanceof DirectoryNotPrivate
          ? `Other accounts can read the logs of the ${role}: run "chmod 700" on the folders in "logs" of the data folder.`
          : `The logs of the ${role} cannot be written: give "logs" of the data folder to the account that runs Paraph.`,
      cause,
    })
  }
}
