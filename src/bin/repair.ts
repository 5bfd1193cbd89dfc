import { text } from 'node:stream/consumers'
import { runInContext } from '../observability/context.ts'
import type { ErrorCode } from '../observability/error-codes.ts'
import type { RepairAction, RepairReason } from '../operations/contract.ts'
import { LONGEST_NOTE } from '../operations/contract.ts'
import { assertSubjects, type GivenSubjects, performRepair, planRepair } from '../operations/repair.ts'
import type { Told } from '../operations/repairs/repair-kind.ts'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { reportFailure } from './failure.ts'
import { openRepairer } from './open-repairer.ts'
import { saveReport } from './save-report.ts'

export type RepairOptions = GivenSubjects & {
  readonly reason: RepairReason
  readonly note?: string
  readonly yes?: true
  readonly json?: true
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

const COULD_NOT_TELL = 3
const UNREACHED: ReadonlySet<ErrorCode> = new Set(['database-unavailable', 'database-not-migrated'])

/**
 * `paraph repair`: sets something going again, or says what that would do. Exit codes: 0 done, or told; 1 it does not
 * apply as things are, or not all was done; 2 wrong use; 3 the database could not be asked.
 */
export async function runRepair(
  config: Config,
  action: RepairAction,
  options: RepairOptions,
): Promise<number> {
  try {
    return await repair(config, action, options)
  } catch (error) {
    const code = reportFailure(error)
    const isUnreached = !(error instanceof AppError) || UNREACHED.has(error.code)
    return isUnreached ? COULD_NOT_TELL : code
  }
}

async function repair(config: Config, action: RepairAction, options: RepairOptions): Promise<number> {
  const { copy, batch, job, queue, pid, reason } = options
  const subjects = { copy, batch, job, queue, pid }
  // What is wrong use is so whether or not there is a database.
  assertSubjects({ action, subjects })
  const note = options.note === '-' ? await readNote() : options.note
  const command = { action, subjects, reason, note }
  const isDryRun = options.yes !== true
  const { deps, actor, close } = await openRepairer(config)
  try {
    const told = await runInContext({ requestId: newId(), actor }, () =>
      isDryRun ? planRepair(deps, command) : performRepair(deps, command),
    )
    output(action, told, isDryRun, options)
    if (isDryRun) process.stderr.write('paraph: nothing was done; add --yes to do it.\n')
    return told.isUnfinished ? 1 : 0
  } finally {
    await close()
  }
}

/** From standard input: an argument stands in the list of processes. Throws `invalid-settings` for one that is too long. */
async function readNote(): Promise<string> {
  const note = (await text(process.stdin)).trim()
  if (note.length <= LONGEST_NOTE) return note
  throw new AppError('invalid-settings', { title: `A note has at most ${LONGEST_NOTE} characters.` })
}

function output(
  action: RepairAction,
  { sentence, facts, isUnfinished = false }: Told,
  isDryRun: boolean,
  options: RepairOptions,
): void {
  const line = `${JSON.stringify({ action, dryRun: isDryRun, isUnfinished, ...facts })}\n`
  process.stdout.write(options.json ? line : `${isDryRun ? 'would' : 'done:'} ${sentence}\n`)
  saveReport(options, line)
}
