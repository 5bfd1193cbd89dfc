import type { Finding } from '../../src/operations/doctor.ts'
import type { World } from './world.ts'

/** How a fault is put in: words of a closed list, since one cause can come about in several ways. */
export type How =
  | 'connection-broken'
  | 'connections-limited'
  | 'encrypted'
  | 'file-moved'
  | 'file-size-limited'
  | 'frozen'
  | 'frozen-by-turns'
  | 'killed'
  | 'lease-held'
  | 'lease-silent'
  | 'lock-taken'
  | 'nothing-takes-events'
  | 'processor-taken'
  | 'queue-paused'
  | 'requests-without-end'
  | 'right-revoked'
  | 'row-changed'
  | 'row-locked'
  | 'sleep-in-trigger'
  | 'spool-takes-events'
  | 'transaction-ended'
  | 'truncated'
  | 'two-tabs'

/** A root cause put into an installation for real, and what people do about it. */
export type Fault = {
  readonly scenario: string
  /** As the scenario calls it; the doctor must name it first. */
  readonly cause: string
  readonly how: How
  /** The alert that must fire. */
  readonly alert: string
  /** Whether the database gives no connection while the fault lasts: questions in SQL fail then, as the page says. */
  readonly refusesSql?: boolean
  /**
   * Makes the fault and the work that suffers from it. What it returns undoes it, as far as the actions have not; it is
   * called at the end whatever happened, and must bear being called when nothing is left to undo.
   */
  inject(world: World): Promise<() => Promise<void>>
  /**
   * What people do who follow the page, beside the command: puts the cause out of the world (a disk is emptied, a
   * scan uploaded again). Called before the commands of the finding are run.
   */
  readonly act?: (world: World, finding: Finding) => Promise<void>
  /** The repair, of those that are printed, that people do not choose who go another way. */
  readonly leavesOut?: 'dismiss-import'
  /** Whether the installation works again. */
  isOver(world: World): Promise<boolean>
}
