import type { MetadataOf } from '../../audit/actions.ts'
import type { AppendEvent } from '../../audit/append.ts'
import { takeSystemPosition } from '../../audit/append-store.ts'
import type { Drained } from '../../audit/drain-spool.ts'
import type { Id } from '../../observability/id.ts'
import type { QueueName } from '../../observability/vocabulary.ts'
import type { Database, Tx } from '../../platform/database.ts'
import type { RUN_TIME_LOGINS } from '../../platform/database-roles.ts'
import { AppError } from '../../platform/errors.ts'
import type { Enqueue } from '../../queue/enqueue.ts'
import type { Subject } from '../subject.ts'

export type Login = (typeof RUN_TIME_LOGINS)[number]

export type RepairDeps = {
  /** As the application's login. */
  readonly db: Database
  readonly appendEvent: AppendEvent
  readonly enqueue: Enqueue
  /** Throws `invalid-settings` where there is no address of that login. */
  readonly databaseOf: (login: Login) => Database
  readonly drainSpool: () => Promise<Drained>
}

/** What a repair is about: exactly what its action asks for. */
export type RepairSubjects = {
  readonly copy: Id
  readonly batch: Id
  readonly job: Id
  readonly queue: QueueName
  readonly pid: number
  readonly nothing: undefined
}
export type SubjectKind = keyof RepairSubjects

/** What would be done, or was. */
export type Told = {
  /** After "would" or "did:", in ids and counts. */
  readonly sentence: string
  readonly facts: Subject
  /** Done, but not all of it. */
  readonly isUnfinished?: boolean
}

/** What the event says; each repair adds what it was done to. */
export type Why = Pick<MetadataOf<'REPAIR'>, 'action' | 'reason_code' | 'note'>

/** Both throw when the repair does not apply as things are. */
export type Repair<K extends SubjectKind = SubjectKind> = {
  readonly about: K
  /** Changes nothing. */
  readonly plan: (deps: RepairDeps, subject: RepairSubjects[K]) => Promise<Told>
  readonly perform: (deps: RepairDeps, subject: RepairSubjects[K], why: Why) => Promise<Told>
}

/** Pairs a repair with what it is about, keeping the type of that. */
export function defineRepair<K extends SubjectKind>(repair: Repair<K>): Repair {
  return repair as unknown as Repair
}

export function notApplicable(title: string): AppError {
  return new AppError('repair-not-applicable', { title })
}

/** Writes a repair of no copy and no batch to the stream of the installation. Event: `REPAIR`. */
export async function recordOnSystem(
  deps: Pick<RepairDeps, 'appendEvent'>,
  tx: Tx,
  metadata: MetadataOf<'REPAIR'>,
): Promise<void> {
  const stream = await takeSystemPosition(tx)
  await deps.appendEvent(tx, { action: 'REPAIR', stream, metadata })
}
