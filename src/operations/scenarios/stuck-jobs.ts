import type { QueueName } from '../../observability/vocabulary.ts'
import type { Probe } from '../probes.ts'
import { stuckProbe } from '../stuck.ts'
import { type Action, type Evidence, rowsFound, type Seen } from './scenario.ts'

type StuckJob = { readonly job: string; readonly queue: QueueName; readonly seconds: number }

/** Jobs that nobody runs, and that nobody will: of any queue. */
export const STUCK_JOBS: readonly Probe<readonly StuckJob[]>[] = [
  stuckProbe<StuckJob>('abandoned-jobs'),
  stuckProbe<StuckJob>('unheard-jobs'),
  stuckProbe<StuckJob>('postponed-jobs'),
]

/** Those of some queues, with the evidence for them. */
export function findStuckJobs(
  seen: Seen,
  ...queues: readonly QueueName[]
): { readonly jobs: readonly StuckJob[]; readonly evidence: readonly Evidence[] } {
  const found = STUCK_JOBS.map((probe) => {
    return { probe, jobs: (seen.of(probe) ?? []).filter((job) => queues.includes(job.queue)) }
  }).filter(({ jobs }) => jobs.length > 0)
  return {
    jobs: found.flatMap(({ jobs }) => jobs),
    evidence: found.map(({ probe, jobs }) => rowsFound(probe, jobs)),
  }
}

export function requeue(verify: string): Action {
  return {
    command: 'paraph repair requeue --job {job} --reason cause-removed --yes',
    does: {
      fr: 'Remet dans sa file, tout de suite, un travail que personne n’exécute : son processus est mort, ou sa fin n’a été entendue de personne.',
      en: 'Puts a job that nobody runs back on its queue, at once: its worker is dead, or nobody heard of its end.',
    },
    risk: {
      fr: 'Aucun : une exécution qui finirait encore ne compte plus.',
      en: 'None: a run that should end after all counts no longer.',
    },
    undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
    verify,
  }
}
