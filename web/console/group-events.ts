import type { AuditEventView } from '../../src/audit/contract.ts'

/** One event by itself, or edits of one person in a row. */
export type TimelineRow =
  | { readonly kind: 'event'; readonly event: AuditEventView }
  | { readonly kind: 'edits'; readonly events: readonly AuditEventView[] }

const EDITS: ReadonlySet<string> = new Set(['CREATE_ANN', 'UPDATE_ANN', 'DELETE_ANN', 'SCORE', 'REMARK'])
/** Fewer stand by themselves. */
const FEWEST = 3

/** Gathers the edits of one person that follow each other without anything between. */
export function groupEvents(events: readonly AuditEventView[]): readonly TimelineRow[] {
  const runs: AuditEventView[][] = []
  for (const event of events) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const goesOn = last && isEdit(last) && isEdit(event) && last.actor.ref === event.actor.ref
    if (run && goesOn) run.push(event)
    else runs.push([event])
  }
  return runs.flatMap((run): readonly TimelineRow[] =>
    run.length >= FEWEST ? [{ kind: 'edits', events: run }] : run.map((event) => ({ kind: 'event', event })),
  )
}

/** Whether the event is an edit of the marking, and no move of the copy. */
export function isEdit({ action }: AuditEventView): boolean {
  return EDITS.has(action)
}

export type EditCounts = {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly scores: number
  readonly remarks: number
}

export function countEdits(events: readonly AuditEventView[]): EditCounts {
  const count = (action: string) => events.filter((event) => event.action === action).length
  return {
    added: count('CREATE_ANN'),
    changed: count('UPDATE_ANN'),
    removed: count('DELETE_ANN'),
    scores: count('SCORE'),
    remarks: count('REMARK'),
  }
}

/** Whether the event says that something did not succeed. */
export function isFailure({ metadata }: AuditEventView): boolean {
  return metadata['success'] === false
}
