/**
 * Places where a test may kill a process or its database. In production nothing is armed, and passing one costs a
 * comparison. Each name says what has just been done.
 */
export const FAULT_POINTS = [
  'upload.stored',
  'upload.recording',
  'upload.recorded',
  'parts.hashed',
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
  'audit.appending',
  'audit.unappended',
  'audit.refused',
  'audit.unspooled',
  'audit.lost',
  'audit.appended',
  'audit.taken',
  'audit.indexed',
  'audit.grown',
  'audit.integrated',
  'audit.unspooling',
  'audit.gap',
  'erase.taken',
  'erase.listed',
  'erase.marked',
  'erase.annotations',
  'erase.scores',
  'erase.remarks',
  'erase.results',
  'erase.student',
  'erase.images',
  'erase.scan',
  'erase.members',
  'erase.key',
  'erase.recording',
  'erase.recorded',
  'erase.removing',
  'rotate.staged',
  'rotate.recorded',
  'rotate.linked',
  'publish.checked',
  'publish.bundled',
  'publish.filled',
  'publish.pruned',
  'publish.tiled',
  'publish.recorded',
  'publish.remembered',
  'publish.signed',
  'publish.cosigned',
  'publish.noted',
  'publish.published',
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
