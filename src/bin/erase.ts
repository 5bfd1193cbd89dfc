import { resolve } from 'node:path'
import { runInContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { type Erasure, eraseCopy, planErasure } from '../people/erase.ts'
import { type BatchErasure, eraseBatch, planBatchErasure } from '../people/erase-batch.ts'
import type { ErasureDeps } from '../people/erase-scan.ts'
import type { Subject } from '../people/erase-store.ts'
import type { ErasureReason } from '../people/erasure-reasons.ts'
import { formatErasure, formatReapplied } from '../people/erasure-text.ts'
import { readErasures } from '../people/read-erasures.ts'
import { reapplyErasures } from '../people/reapply-erasures.ts'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { armFaults } from './faults.ts'
import { openEraser } from './open-eraser.ts'
import { saveReport } from './save-report.ts'

export type EraseOptions = {
  readonly copy?: Id
  /** A scan by itself, which came to no copy. */
  readonly batch?: Id
  /** Erases again what a restored backup has brought back. */
  readonly reapply?: true
  /** `events.jsonl` of an export that is newer than the database. */
  readonly from?: string
  readonly reason: ErasureReason
  readonly yes?: true
  readonly dryRun?: true
  readonly json?: true
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

/**
 * `paraph erase`: forgets the person of a copy, or a scan that came to none, or says what that would take. Exit codes:
 * 0 done, or told on request; 1 refused, not confirmed, or files are left. Throws what `eraseCopy` and `eraseBatch`
 * throw, `invalid-settings`, `file-unreadable`.
 */
export async function runErase(config: Config, options: EraseOptions): Promise<number> {
  const { copy: copyId, batch: batchId, reapply: isReapplied, reason } = options
  if ([copyId, batchId, isReapplied].filter((what) => what !== undefined).length !== 1) {
    throw new AppError('invalid-settings', {
      title: 'Say what to erase: --copy ID, --batch ID, or --reapply.',
    })
  }
  if (config.faultFile) armFaults(config.faultFile)
  const elsewhere = options.from ? await readErasures(resolve(options.directory, options.from)) : []
  const { deps, actor, close } = await openEraser(config)
  const isDryRun = options.dryRun === true || options.yes !== true
  try {
    const told = await runInContext({ requestId: newId(), actor }, () => {
      if (copyId !== undefined) return erase(deps, { copyId, reason, isDryRun })
      if (batchId !== undefined) return eraseScan(deps, { batchId, reason, isDryRun })
      return reapply(deps, { elsewhere, isDryRun })
    })
    output(told, options)
    const isUnconfirmed = isDryRun && options.dryRun !== true
    if (isUnconfirmed) process.stderr.write('paraph: nothing was erased; add --yes to erase it.\n')
    return isUnconfirmed || told.isUnfinished ? 1 : 0
  } finally {
    await close()
  }
}

type Told = { readonly text: string; readonly json: object; readonly isUnfinished: boolean }

type Command = { readonly reason: ErasureReason; readonly isDryRun: boolean }

async function erase(deps: ErasureDeps, command: Command & { readonly copyId: Id }): Promise<Told> {
  const { copyId, isDryRun } = command
  return tell({ copyId }, await (isDryRun ? planErasure(deps, copyId) : eraseCopy(deps, command)), isDryRun)
}

async function eraseScan(deps: ErasureDeps, command: Command & { readonly batchId: Id }): Promise<Told> {
  const { batchId, isDryRun } = command
  const erasure = await (isDryRun ? planBatchErasure(deps, batchId) : eraseBatch(deps, command))
  return tell({ batchId }, erasure, isDryRun)
}

function tell(what: Subject, erasure: Erasure | BatchErasure, isDryRun: boolean): Told {
  const isUnfinished = !isDryRun && erasure.filesLeft > 0
  return { text: formatErasure(what, erasure), json: { ...what, ...erasure }, isUnfinished }
}

async function reapply(deps: ErasureDeps, command: Parameters<typeof reapplyErasures>[1]): Promise<Told> {
  const reapplied = await reapplyErasures(deps, command)
  const isRefused = reapplied.refused.length + reapplied.refusedBatches.length > 0
  const isUnfinished = isRefused || (!command.isDryRun && reapplied.filesLeft > 0)
  return {
    text: formatReapplied(reapplied, command.isDryRun),
    json: { ...reapplied, dryRun: command.isDryRun },
    isUnfinished,
  }
}

function output({ text, json }: Told, options: EraseOptions): void {
  const line = `${JSON.stringify(json)}\n`
  process.stdout.write(options.json ? line : `${text}\n`)
  saveReport(options, line)
}
