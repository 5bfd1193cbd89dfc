import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchView, batchView } from '../copies/contract.ts'
import { createProgress, type Progress } from '../demo/progress.ts'
import type { ErrorCode } from '../observability/error-codes.ts'
import type { Id } from '../observability/id.ts'
import type { Config } from '../platform/config.ts'
import { idSchema } from '../platform/contract.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { type Service, signInTo } from './import-client.ts'
import { insist, type ScanFile, uploadScan } from './import-upload.ts'
import { readPassword } from './password.ts'

export type ImportOptions = {
  readonly email: string
  readonly pagesPerCopy?: number
  readonly split?: 'code-first' | 'code-every'
  readonly allowDuplicate?: true
  readonly json?: true
  /** Where relative file names start. */
  readonly directory: string
}

/** What became of one file; `file` is its place in the command, since its name may be a pupil's. */
type Outcome = {
  readonly file: number
  readonly status: 'imported' | 'failed' | 'refused'
  readonly batchId?: Id
  /** The exam had this scan already: nothing was sent. */
  readonly wasThere?: true
  readonly pages?: number
  readonly copies?: number
  readonly errorCode?: string
}

const LOOK_EVERY_MS = 0.5 * SECOND

/**
 * `paraph import`: uploads scans and follows their import. Run again after a break it goes on where it was. Exit codes:
 * 0 every scan is imported, 1 one was refused or its import failed. Throws `file-unreadable`, `server-unreachable`, and
 * what `signInTo` throws.
 */
export async function runImport(
  config: Config,
  exam: Id,
  paths: readonly string[],
  options: ImportOptions,
): Promise<number> {
  const files = await Promise.all(paths.map((path) => openScan(resolve(options.directory, path))))
  const password = await readPassword('Password: ')
  const service = await insist(() => signInTo(config.serverUrl, { email: options.email, password }))
  const progress = createProgress(process.stderr)
  const sent: (Outcome | { readonly file: number; readonly batchId: Id; readonly wasThere?: true })[] = []
  for (const [index, file] of files.entries()) {
    sent.push(await sendOne(service, progress, exam, { file, number: index + 1 }, options))
  }
  const outcomes: Outcome[] = []
  for (const one of sent) {
    const label = labelOf(files[one.file - 1] as ScanFile, one.file)
    outcomes.push('status' in one ? one : await follow(service, progress, label, one))
  }
  output(outcomes, exam, options)
  return outcomes.every(({ status }) => status === 'imported') ? 0 : 1
}

async function openScan(path: string): Promise<ScanFile> {
  // Why does not matter: the system's own words would name the file.
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw new AppError('file-unreadable', { title: 'A file cannot be read.' })
  return { path, name: basename(path), sizeBytes: found.size }
}

/** The name for a person at a terminal; what is kept of the output elsewhere has numbers. */
function labelOf({ name }: ScanFile, number: number): string {
  // A name must not steer the terminal.
  return process.stderr.isTTY ? name.replace(/\p{C}/gu, '?') : `file ${number}`
}

async function sendOne(
  service: Service,
  progress: Progress,
  exam: Id,
  { file, number }: { readonly file: ScanFile; readonly number: number },
  options: ImportOptions,
): Promise<Outcome | { readonly file: number; readonly batchId: Id; readonly wasThere?: true }> {
  const { pagesPerCopy, split, allowDuplicate } = options
  const kibibytes = (bytes: number) => Math.ceil(bytes / 1_024)
  try {
    const batchId = await uploadScan(service, file, {
      exam,
      ...(pagesPerCopy === undefined ? {} : { pagesPerCopy }),
      ...(split === undefined ? {} : { split }),
      ...(allowDuplicate ? { allowDuplicate } : {}),
      onProgress: (sentBytes) =>
        progress.count(`${labelOf(file, number)}: KiB sent`, kibibytes(sentBytes), kibibytes(file.sizeBytes)),
    })
    return { file: number, batchId }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'server-unreachable') throw error
    // Of a command that is run again, some scans arrived the first time.
    if (error.code === 'duplicate-scan') {
      return { file: number, batchId: idSchema.parse(error.problem['batchId']), wasThere: true }
    }
    if (OF_ALL_FILES.has(error.code)) throw error
    progress.step(`${labelOf(file, number)}: ${error.title} (${error.code})`)
    return { file: number, status: 'refused', errorCode: error.code }
  }
}

/** Refusals that the next file would meet as well. */
const OF_ALL_FILES: ReadonlySet<ErrorCode> = new Set([
  'no-session',
  'role-not-allowed',
  'not-found',
  'storage-full',
])

async function follow(
  service: Service,
  progress: Progress,
  label: string,
  sent: { readonly file: number; readonly batchId: Id; readonly wasThere?: true },
): Promise<Outcome> {
  for (;;) {
    const batch = await insist(() => service.get(`/api/batches/${sent.batchId}`, batchView))
    if (batch.pageCount) progress.count(`${label}: pages`, batch.pagesDone, batch.pageCount)
    if (batch.status === 'IMPORTED' || batch.status === 'FAILED') return toOutcome(sent, batch)
    await sleep(LOOK_EVERY_MS)
  }
}

function toOutcome(sent: { file: number; batchId: Id; wasThere?: true }, batch: BatchView): Outcome {
  if (batch.status === 'FAILED') {
    return { ...sent, status: 'failed', errorCode: batch.errorCode ?? 'internal' }
  }
  return { ...sent, status: 'imported', pages: batch.pageCount ?? 0, copies: batch.copies.length }
}

function output(outcomes: readonly Outcome[], exam: Id, { json }: ImportOptions): void {
  const lines = json ? [JSON.stringify({ exam, files: outcomes })] : outcomes.map(describe)
  process.stdout.write(`${lines.join('\n')}\n`)
}

function describe({ file, status, batchId, wasThere, pages, copies, errorCode }: Outcome): string {
  const what = {
    imported: `${wasThere ? 'was there already' : 'imported'}, ${pages} pages, ${copies} copies`,
    failed: `the import failed (${errorCode})`,
    refused: `refused (${errorCode})`,
  }[status]
  return `file ${file}: ${what}${batchId ? `, batch ${batchId}` : ''}`
}
