import { conceal } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import type { RepairAction, RepairReason } from './contract.ts'
import { forceReleaseRepair, retryFinalizationRepair } from './repairs/copies.ts'
import { dismissImportRepair, retryImportRepair } from './repairs/imports.ts'
import { requeueRepair } from './repairs/jobs.ts'
import { pauseQueueRepair, resumeQueueRepair } from './repairs/queues.ts'
import type { Repair, RepairDeps, RepairSubjects, SubjectKind, Told } from './repairs/repair-kind.ts'
import { endSessionRepair, restartIntegratorRepair, restartSweeperRepair } from './repairs/sessions.ts'
import { drainSpoolRepair } from './repairs/spool.ts'

const REPAIRS: Readonly<Record<RepairAction, Repair>> = {
  'retry-import': retryImportRepair,
  'dismiss-import': dismissImportRepair,
  'retry-finalization': retryFinalizationRepair,
  'force-release': forceReleaseRepair,
  requeue: requeueRepair,
  'pause-queue': pauseQueueRepair,
  'resume-queue': resumeQueueRepair,
  'drain-spool': drainSpoolRepair,
  'restart-sweeper': restartSweeperRepair,
  'restart-integrator': restartIntegratorRepair,
  'end-session': endSessionRepair,
}

/** What may be given to say what a repair is about. */
export type GivenSubjects = {
  readonly [K in Exclude<SubjectKind, 'nothing'>]?: RepairSubjects[K] | undefined
}

export type RepairCommand = {
  readonly action: RepairAction
  readonly subjects: GivenSubjects
  readonly reason: RepairReason
  /** Sealed in the event, and told nowhere else. */
  readonly note?: string | undefined
}

/**
 * Says what a repair would do, and changes nothing. Throws `invalid-request` unless exactly what the action is about is
 * given; when it does not apply as things are, `repair-not-applicable`, `not-found`, `copy-erased` or the code of the
 * move that is not possible.
 */
export async function planRepair(deps: RepairDeps, command: RepairCommand): Promise<Told> {
  const { repair, subject } = choose(command)
  return repair.plan(deps, subject)
}

/**
 * Does it, once: a second time it no longer applies. The actor is that of the context. Throws as `planRepair`.
 * Event: `REPAIR` on the stream of the copy or batch, else on that of the installation, in the same transaction (where a
 * session is ended or the spool emptied, before it if that can be); then the events of what it moves.
 */
export async function performRepair(deps: RepairDeps, command: RepairCommand): Promise<Told> {
  const { repair, subject } = choose(command)
  const { action, reason, note } = command
  return repair.perform(deps, subject, { action, reason_code: reason, note: conceal(note) })
}

/** Throws `invalid-request` unless exactly what the action is about is given: nothing need be open to say so. */
export function assertSubjects(command: Pick<RepairCommand, 'action' | 'subjects'>): void {
  choose(command)
}

function choose({ action, subjects }: Pick<RepairCommand, 'action' | 'subjects'>): {
  readonly repair: Repair
  readonly subject: RepairSubjects[SubjectKind]
} {
  const repair = REPAIRS[action]
  const given = Object.entries(subjects).filter(([, value]) => value !== undefined)
  const isAsked =
    repair.about === 'nothing' ? given.length === 0 : given.length === 1 && given[0]?.[0] === repair.about
  if (!isAsked) {
    const asks = repair.about === 'nothing' ? 'nothing' : `a ${repair.about} and nothing else`
    throw new AppError('invalid-request', { title: `Say what to repair: ${action} takes ${asks}.` })
  }
  return { repair, subject: given[0]?.[1] as RepairSubjects[SubjectKind] }
}
