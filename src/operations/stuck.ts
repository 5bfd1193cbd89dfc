import { isLeaseOver } from '../marking/lease-over.ts'
import { isAbandoned, isOwnWork, isPostponed, isReady } from '../queue/job-conditions.ts'
import type { RepairAction } from './contract.ts'
import { FAILED_FINALIZATIONS } from './failed-finalizations.ts'
import { FAILED_IMPORTS } from './failed-imports.ts'
import { MOVED_WITHOUT_EVENT } from './moved-copies.ts'
import { type Probe, sqlProbe } from './probes.ts'
import type { Subject } from './subject.ts'

/** What can be stuck: the ids of the doctor's probes, and the words of the metric's label `kind`. */
export const STUCK_KINDS = [
  'waiting-imports',
  'waiting-finalizations',
  'abandoned-jobs',
  'unheard-jobs',
  'postponed-jobs',
  'paused-queues',
  'failed-imports',
  'failed-finalizations',
  'expired-locks',
  'moved-without-event',
] as const
export type StuckKind = (typeof STUCK_KINDS)[number]

type Stuck = {
  /** The member of each row that names it. */
  readonly about: 'batch' | 'copy' | 'job' | 'queue'
  /** SQL of ids, numbers and closed words; `seconds` says for how long it has been so. */
  readonly rows: string
  /** Repairs that may be done to these rows and to no others. */
  readonly mendedBy: readonly RepairAction[]
}

/** A worker sees a job within two seconds, and a sweep comes every two. */
const UNSEEN_SECONDS = 5
/** Beyond the sign of life that is due: the supervisor takes such jobs back every two seconds. */
const UNSUPERVISED_SECONDS = 5
/** What declares a job lost, or ends a lease, comes every few seconds. */
const UNSWEPT_SECONDS = 15
/** No attempt of ours is put off for so long, unless PARAPH_RETRY_SECONDS says so. */
const LONG_WAIT_SECONDS = 300

function waitingJobs(queue: 'import-batch' | 'finalize-copy', about: 'batch' | 'copy'): string {
  return `
select j.data -> 'payload' ->> '${about}Id' as ${about}, j.id as job, j.retry_count as attempts,
       extract(epoch from now() - j.start_after)::int as seconds
  from pgboss.job j
 where j.name = '${queue}' and ${isReady('j', UNSEEN_SECONDS)}`.trim()
}

function jobs(seconds: string, condition: string): string {
  return `
select j.id as job, j.name as queue, extract(epoch from ${seconds})::int as seconds
  from pgboss.job j
 where ${isOwnWork('j')} and ${condition}`.trim()
}

/**
 * Everything that can be stuck, each said once: the metric counts these rows, alerts compare that metric, the doctor
 * shows them, and the repair of one refuses whatever is not among them.
 */
export const STUCK: Readonly<Record<StuckKind, Stuck>> = {
  'waiting-imports': { about: 'batch', rows: waitingJobs('import-batch', 'batch'), mendedBy: [] },
  'waiting-finalizations': { about: 'copy', rows: waitingJobs('finalize-copy', 'copy'), mendedBy: [] },
  'abandoned-jobs': {
    about: 'job',
    rows: jobs('now() - coalesce(j.heartbeat_on, j.started_on)', isAbandoned('j', UNSUPERVISED_SECONDS)),
    mendedBy: ['requeue'],
  },
  'unheard-jobs': {
    about: 'job',
    rows: jobs(
      'now() - j.completed_on',
      `j.state = 'failed' and j.completed_on < now() - interval '${UNSWEPT_SECONDS} seconds'
   and (exists (select from copy c where c.finalize_job_id = j.id)
        or exists (select from batch b where b.import_job_id = j.id and b.status in ('UPLOADED', 'IMPORTING')))`,
    ),
    mendedBy: ['requeue'],
  },
  'postponed-jobs': {
    about: 'job',
    rows: jobs('now() - j.created_on', isPostponed('j', LONG_WAIT_SECONDS)),
    mendedBy: ['requeue'],
  },
  'paused-queues': {
    about: 'queue',
    rows: `
select p.queue, p.reason_code as reason, p.paused_by as actor,
       (select count(*) from pgboss.job j where j.name = p.queue and ${isReady('j')})::int as waiting,
       extract(epoch from now() - p.paused_at)::int as seconds
  from queue_pause p`.trim(),
    mendedBy: ['resume-queue'],
  },
  'failed-imports': { about: 'batch', rows: FAILED_IMPORTS, mendedBy: ['retry-import', 'dismiss-import'] },
  'failed-finalizations': { about: 'copy', rows: FAILED_FINALIZATIONS, mendedBy: ['retry-finalization'] },
  'expired-locks': {
    about: 'copy',
    rows: `
select l.copy_id as copy, extract(epoch from clock_timestamp() - l.expires_at)::int as seconds
  from copy_lock l
 where ${isLeaseOver('l', UNSWEPT_SECONDS)}`.trim(),
    // The sweeper ends them all once it works again.
    mendedBy: [],
  },
  // Nobody may mend what tells of a change outside the application.
  'moved-without-event': { about: 'copy', rows: MOVED_WITHOUT_EVENT, mendedBy: [] },
}

/** So many rows are shown, those first that have waited longest. */
const SHOWN = 50

/** The probe of a kind: the rows that the metric counts, and that its repairs may be done to. */
export function stuckProbe<Row extends Subject>(kind: StuckKind): Probe<readonly Row[]> {
  return sqlProbe<Row>(kind, `${STUCK[kind].rows}\n order by seconds desc limit ${SHOWN}`)
}

/** How many of these kinds are stuck, in PromQL. */
export function stuckItems(...kinds: readonly [StuckKind, ...StuckKind[]]): string {
  return `grading_stuck_items{kind${kinds.length > 1 ? '=~' : '='}"${kinds.join('|')}"}`
}

/** For how long the first of a kind has been stuck, in PromQL. */
export function stuckSeconds(kind: StuckKind): string {
  return `grading_stuck_oldest_seconds{kind="${kind}"}`
}

/** The kinds whose rows a repair may be done to; none for one that is about nothing stuck. */
export function kindsMendedBy(action: RepairAction): readonly StuckKind[] {
  return STUCK_KINDS.filter((kind) => STUCK[kind].mendedBy.includes(action))
}
