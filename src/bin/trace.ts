import { join, resolve } from 'node:path'
import { styleText } from 'node:util'
import { HEAD_FIELDS } from '../observability/fields.ts'
import { type LogSource, openLogFile, openLogFiles } from '../operations/log-files.ts'
import { showReading } from '../operations/reading-progress.ts'
import { exitCodeOf, type Trace, traceRequest } from '../operations/trace.ts'
import { formatRemarks, formatStory, formatUnknown, type Paint } from '../operations/trace-text.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { findEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { saveReport } from './save-report.ts'

export type TraceOptions = {
  /** A file of log lines, or `-` for standard input, instead of the log folder. */
  readonly from?: string
  readonly json?: boolean
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

/**
 * `paraph trace`: tells everything that happened under a request id. Starts nothing and changes nothing.
 * Exit codes: 0 found, 1 unknown, 3 not found and something could not be asked. Throws `invalid-request-id`.
 */
export async function runTrace(config: Config, requestId: string, options: TraceOptions): Promise<number> {
  if (!HEAD_FIELDS.request_id.accepts(requestId)) {
    throw new AppError('invalid-request-id', {
      title: 'A request id has 8 to 64 letters, digits, dots, dashes and underscores.',
    })
  }
  const progress = showReading(process.stderr)
  let db: Database | undefined
  const given = options.from === undefined ? undefined : await openGiven(options.from, options.directory)
  const trace = await traceRequest(
    {
      now: systemClock.now,
      openLogs: async () => given ?? openLogFiles(config.logsDirectory),
      onProgress: progress.tell,
      openDatabase: async () => {
        const url = config.databaseUrl ?? (await findEmbedded(config))
        if (url === 'absent' || url === 'stopped') return url
        db = openDatabase(url, {
          applicationName: 'paraph-command',
          maxConnections: 1,
          statementTimeoutMs: 10 * SECOND,
          connectTimeoutMs: 5 * SECOND,
        })
        return db
      },
    },
    requestId,
  )
  progress.end()
  await db?.destroy()
  output(trace, options)
  return exitCodeOf(trace)
}

/** The embedded database if it runs; it is never started for a look. */
async function findEmbedded(config: Config): Promise<string> {
  const found = await findEmbeddedPostgres(join(config.dataDirectory, 'postgres'))
  return found.state === 'running' ? found.urls.app : found.state
}

async function openGiven(from: string, directory: string): Promise<readonly LogSource[]> {
  if (from === '-') return [{ sizeBytes: 0, chunks: process.stdin }]
  try {
    return [await openLogFile(resolve(directory, from))]
  } catch (cause) {
    throw new AppError('file-unreadable', { title: 'The file of --from cannot be read.', cause })
  }
}

function output(trace: Trace, options: TraceOptions): void {
  const json = `${JSON.stringify(trace)}\n`
  for (const remark of formatRemarks(trace)) process.stderr.write(`paraph: ${remark}\n`)
  if (options.json) process.stdout.write(json)
  else
    process.stdout.write(
      `${trace.found ? formatStory(trace.requestId, trace, paint) : formatUnknown(trace)}\n`,
    )
  saveReport(options, json)
}

/** Colours on a terminal that wants them, plain text elsewhere. */
const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout })
