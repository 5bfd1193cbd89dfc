/**
 * Places where a test may kill a process or its database. In production nothing is armed, and passing one costs a
 * comparison. Each name says what has just been done.
 */
export const FAULT_POINTS = [
  'upload.stored',
  'upload.recording',
  'upload.recorded',
  'import.begun',
  'import.inspected',
  'import.rasterized',
  'import.cut',
  'import.recording',
  'import.recorded',
  'finalize.requesting',
  'finalize.requested',
  'finalize.begun',
  'finalize.rendered',
  'finalize.recording',
  'finalize.recorded',
] as const
export type FaultPoint = (typeof FAULT_POINTS)[number]

let strike: ((point: FaultPoint) => void) | undefined

/** Says what happens at a fault point; only `bin` does, when the settings name a fault file. */
export function armFaultPoints(action: (point: FaultPoint) => void): void {
  strike = action
}

/** Marks a place. Does nothing unless armed. */
export function faultPoint(point: FaultPoint): void {
  strike?.(point)
}
