import type { Finding } from '../../src/operations/doctor.ts'
import type { World } from './world.ts'

/** A root cause put into an installation for real, and what people do about it. */
export type Fault = {
  readonly scenario: string
  /** As the scenario calls it; the doctor must name it first. */
  readonly cause: string
  /** The alert that must fire. */
  readonly alert: string
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
  /** False when the commands of the finding only look, or are no commands of ours; by default they are run. */
  readonly runsCommands?: boolean
  /** Whether the installation works again. */
  isOver(world: World): Promise<boolean>
}
