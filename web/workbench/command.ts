import { boundsOf } from './geometry.ts'
import type { Mark, Shape, Sheet } from './mark.ts'

/**
 * One change of a copy. `id` is the client's own; `version` is that of the mark, score or remark as it was before, so that a
 * command that is sent twice is taken once. A command holds what its undoing needs.
 */
export type Command = { readonly id: string } & (
  | { readonly type: 'lay'; readonly mark: Mark }
  | { readonly type: 'lift'; readonly mark: Mark }
  | {
      readonly type: 'alter'
      readonly markId: string
      readonly version: number
      readonly before: Shape
      readonly after: Shape
    }
  | {
      readonly type: 'score'
      readonly itemId: string
      readonly version: number
      readonly before: number | null
      readonly after: number | null
    }
  | {
      readonly type: 'remark'
      /** An item of the rubric, or `COMMENT`. */
      readonly place: string
      readonly version: number
      readonly before: string | null
      readonly after: string | null
    }
)

/** What somebody wants done, before it is known what it is done to. */
export type Intent =
  | { readonly type: 'lay'; readonly mark: Omit<Mark, 'version'> }
  | { readonly type: 'lift'; readonly markId: string }
  | { readonly type: 'alter'; readonly markId: string; readonly after: Shape }
  | { readonly type: 'score'; readonly itemId: string; readonly after: number | null }
  | {
      readonly type: 'remark'
      readonly place: string
      readonly after: string | null
      /** The version that it was written over; without one, the present one. */
      readonly version?: number
    }

/** The command that does what is wanted to a sheet as it is; undefined when there is nothing to do. */
export function commandFor(sheet: Sheet, intent: Intent, id: string): Command | undefined {
  if (intent.type === 'lay') return { id, type: 'lay', mark: { ...intent.mark, version: 1 } }
  if (intent.type === 'score') {
    const { points = null, version = 0 } = sheet.scores.get(intent.itemId) ?? {}
    if (points === intent.after) return undefined
    return { id, type: 'score', itemId: intent.itemId, version, before: points, after: intent.after }
  }
  if (intent.type === 'remark') {
    const { text: before = null, version = 0 } = sheet.remarks.get(intent.place) ?? {}
    // As the API keeps it.
    const after = intent.after?.trim() || null
    if (before === after) return undefined
    return { id, type: 'remark', place: intent.place, version: intent.version ?? version, before, after }
  }
  const mark = sheet.marks.get(intent.markId)
  if (!mark) return undefined
  if (intent.type === 'lift') return { id, type: 'lift', mark }
  const before = shapeBefore(mark, intent.after)
  if (JSON.stringify(before) === JSON.stringify(intent.after)) return undefined
  return { id, type: 'alter', markId: mark.id, version: mark.version, before, after: intent.after }
}

function shapeBefore(mark: Mark, after: Shape): Shape {
  return Object.fromEntries(Object.keys(after).map((key) => [key, mark[key as keyof Shape]])) as Shape
}

/** The sheet after a command; versions grow as those of the API do. */
export function applyCommand(sheet: Sheet, command: Command): Sheet {
  if (command.type === 'score') {
    const score = { points: command.after, version: command.version + 1 }
    return { ...sheet, scores: new Map(sheet.scores).set(command.itemId, score) }
  }
  if (command.type === 'remark') {
    const remark = { text: command.after, version: command.version + 1 }
    return { ...sheet, remarks: new Map(sheet.remarks).set(command.place, remark) }
  }
  const marks = new Map(sheet.marks)
  if (command.type === 'lift') marks.delete(command.mark.id)
  if (command.type === 'lay') marks.set(command.mark.id, command.mark)
  if (command.type === 'alter') {
    const mark = marks.get(command.markId)
    const box = command.after.strokes ? boundsOf(command.after.strokes) : {}
    if (mark) marks.set(mark.id, { ...mark, ...command.after, ...box, version: command.version + 1 })
  }
  return { ...sheet, marks }
}

/** What undoes a command. */
export function inverseOf(command: Command): Intent {
  if (command.type === 'lay') return { type: 'lift', markId: command.mark.id }
  if (command.type === 'lift') return { type: 'lay', mark: command.mark }
  if (command.type === 'alter') return { type: 'alter', markId: command.markId, after: command.before }
  if (command.type === 'remark') return { type: 'remark', place: command.place, after: command.before }
  return { type: 'score', itemId: command.itemId, after: command.before }
}

/** What does a command again after it was undone. */
export function againOf(command: Command): Intent {
  if (command.type === 'lay') return { type: 'lay', mark: command.mark }
  if (command.type === 'lift') return { type: 'lift', markId: command.mark.id }
  if (command.type === 'alter') return { type: 'alter', markId: command.markId, after: command.after }
  if (command.type === 'remark') return { type: 'remark', place: command.place, after: command.after }
  return { type: 'score', itemId: command.itemId, after: command.after }
}

/** What a command changes: a mark, a score or a remark, by its id. */
export function subjectOf(command: Command): string {
  if (command.type === 'score') return command.itemId
  if (command.type === 'remark') return remarkId(command.place)
  return command.type === 'alter' ? command.markId : command.mark.id
}

/** The id of a remark: its place has a score too. */
export function remarkId(place: string): string {
  return `remark ${place}`
}

/** Whether a command goes on from a sheet as it is: another version there means that somebody else was faster. */
export function fits(sheet: Sheet, command: Command): boolean {
  if (command.type === 'lay') return true
  if (command.type === 'score') return (sheet.scores.get(command.itemId)?.version ?? 0) === command.version
  if (command.type === 'remark') return (sheet.remarks.get(command.place)?.version ?? 0) === command.version
  const { id, version } =
    command.type === 'lift' ? command.mark : { id: command.markId, version: command.version }
  return sheet.marks.get(id)?.version === version
}
