import { resolve } from 'node:path'
import { exportLog } from '../audit/export.ts'
import { listStreamsOfExam, type Selection } from '../audit/export-store.ts'
import { findCopy } from '../copies/store.ts'
import { findExam } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { showWork } from './long-work.ts'
import { getOperatorReader, getOwnLog, openLogDatabase, openPublished } from './open-reader.ts'
import { saveReport } from './save-report.ts'

export type ExportOptions = {
  readonly copy?: Id
  readonly exam?: Id
  readonly stream?: Id
  readonly all?: boolean
  /** Shows what is sealed to whoever reads the bundle. */
  readonly disclose?: boolean
  readonly out: string
  readonly json?: boolean
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

/**
 * `paraph audit export`: writes a folder that anybody can check without us. Event: `READ` on the stream of the
 * installation, by the operator. Throws `invalid-settings`, `not-found`, `database-unavailable`, and as `exportLog`.
 */
export async function runAuditExport(config: Config, options: ExportOptions): Promise<void> {
  const log = getOwnLog(config)
  const db = await openLogDatabase(config)
  const work = showWork(process.stderr)
  const directory = resolve(options.directory, options.out)
  try {
    const { keys, recordRead } = getOperatorReader(config, db)
    const exported = await exportLog(
      {
        db,
        log,
        witnesses: config.witnesses.map(({ vkey }) => vkey),
        files: openPublished(config),
        recordExport: (events) => recordRead({ what: 'export', events }),
        onProgress: (events, of) => work.tell('exporting events', events, of),
      },
      { selection: await select(db, options), directory, disclose: options.disclose ? { keys } : undefined },
    )
    const json = `${JSON.stringify(exported)}\n`
    const text = `${exported.events} events of ${exported.streams} streams, ${exported.notPublished} not published yet. Open verify.html in the folder to check them.\n`
    process.stdout.write(options.json ? json : text)
    saveReport(options, json)
  } finally {
    work.end()
    await db.destroy()
  }
}

async function select(db: Database, { copy, exam, stream, all }: ExportOptions): Promise<Selection> {
  if ([copy, exam, stream, all].filter(Boolean).length !== 1) {
    throw new AppError('invalid-settings', {
      title: 'Say what to export: one of --copy, --exam, --stream and --all.',
    })
  }
  if (stream) return [stream]
  if (copy) return [(await findCopy(db, copy))?.streamRef ?? notFound('copy')]
  if (exam) return listStreamsOfExam(db, (await findExam(db, exam))?.streamRef ?? notFound('exam'))
  return 'all'
}

function notFound(what: 'copy' | 'exam'): never {
  throw new AppError('not-found', { title: `There is no such ${what}.` })
}
