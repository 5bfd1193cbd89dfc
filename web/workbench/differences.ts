import { applyCommand, type Command, commandFor, fits, type Intent, remarkId } from './command.ts'
import type { Mark, Sheet } from './mark.ts'

/** Something that is one thing on this device and another on the server; undefined where it is not there. */
export type Difference =
  | {
      readonly type: 'score'
      readonly id: string
      readonly mine: number | null
      readonly theirs: number | null
    }
  | {
      readonly type: 'remark'
      readonly id: string
      readonly place: string
      readonly mine: string | null
      readonly theirs: string | null
    }
  | { readonly type: 'mark'; readonly id: string; readonly mine?: Mark; readonly theirs?: Mark }

/**
 * How many of the commands, from the oldest, the server has taken already; undefined when it holds something else. One
 * that this device was not told of, and forgot, is in `base` too.
 */
export function countLanded(base: Sheet, pending: readonly Command[], server: Sheet): number | undefined {
  const known = pending.findIndex((command) => fits(base, command) || !isDone(base, command))
  const first = known < 0 ? pending.length : known
  let sheet = base
  for (let landed = first; ; landed += 1) {
    const command = pending[landed]
    if (isSame(sheet, server)) return command && !fits(sheet, command) ? undefined : landed
    if (!command) return undefined
    sheet = applyCommand(sheet, command)
  }
}

/** Whether a sheet holds what a command would make of it. */
function isDone(sheet: Sheet, command: Command): boolean {
  if (command.type === 'score') return sheet.scores.get(command.itemId)?.points === command.after
  if (command.type === 'remark') return sheet.remarks.get(command.place)?.text === command.after
  if (command.type === 'lift') return !sheet.marks.has(command.mark.id)
  return differencesOf(applyCommand(sheet, command), sheet).length === 0
}

/** What differs between what this device has and what the server has: scores, remarks, then marks page by page. */
export function differencesOf(mine: Sheet, theirs: Sheet): Difference[] {
  const scores = [...new Set([...mine.scores.keys(), ...theirs.scores.keys()])]
    .map((id) => ({
      type: 'score' as const,
      id,
      mine: mine.scores.get(id)?.points ?? null,
      theirs: theirs.scores.get(id)?.points ?? null,
    }))
    .filter((pair) => pair.mine !== pair.theirs)
  const remarks = [...new Set([...mine.remarks.keys(), ...theirs.remarks.keys()])]
    .map((place) => ({
      type: 'remark' as const,
      id: remarkId(place),
      place,
      mine: mine.remarks.get(place)?.text ?? null,
      theirs: theirs.remarks.get(place)?.text ?? null,
    }))
    .filter((pair) => pair.mine !== pair.theirs)
  const marks = [...new Set([...mine.marks.keys(), ...theirs.marks.keys()])]
    .map((id) => ({ id, mine: mine.marks.get(id), theirs: theirs.marks.get(id) }))
    .filter((pair) => contentOf(pair.mine) !== contentOf(pair.theirs))
    .map(({ id, mine: own, theirs: other }) => ({
      type: 'mark' as const,
      id,
      ...(own ? { mine: own } : {}),
      ...(other ? { theirs: other } : {}),
    }))
    .sort((a, b) => pageOf(a) - pageOf(b))
  return [...scores, ...remarks, ...marks]
}

/** The commands that give the server what this device has, for the differences that a person decided so. */
export function commandsFor(
  server: Sheet,
  decided: readonly Difference[],
  newId: () => string,
): readonly Command[] {
  let sheet = server
  const commands: Command[] = []
  for (const difference of decided) {
    for (const intent of intentsOf(difference)) {
      const command = commandFor(sheet, intent, newId())
      if (!command) continue
      commands.push(command)
      sheet = applyCommand(sheet, command)
    }
  }
  return commands
}

function intentsOf(difference: Difference): Intent[] {
  if (difference.type === 'score') return [{ type: 'score', itemId: difference.id, after: difference.mine }]
  if (difference.type === 'remark') {
    return [{ type: 'remark', place: difference.place, after: difference.mine }]
  }
  const { id, mine, theirs } = difference
  if (!mine) return [{ type: 'lift', markId: id }]
  if (!theirs) return [{ type: 'lay', mark: mine }]
  const { x, y, width, height, text, strokes } = mine
  if (strokes) return [{ type: 'alter', markId: id, after: { strokes } }]
  return [{ type: 'alter', markId: id, after: { x, y, width, height, ...(text === null ? {} : { text }) } }]
}

function isSame(a: Sheet, b: Sheet): boolean {
  const isSameScore = (id: string) =>
    (a.scores.get(id)?.version ?? 0) === (b.scores.get(id)?.version ?? 0) &&
    (a.scores.get(id)?.points ?? null) === (b.scores.get(id)?.points ?? null)
  const isSameRemark = (place: string) =>
    (a.remarks.get(place)?.version ?? 0) === (b.remarks.get(place)?.version ?? 0) &&
    (a.remarks.get(place)?.text ?? null) === (b.remarks.get(place)?.text ?? null)
  const isSameMark = (id: string) =>
    a.marks.get(id)?.version === b.marks.get(id)?.version &&
    contentOf(a.marks.get(id)) === contentOf(b.marks.get(id))
  return (
    [...a.scores.keys(), ...b.scores.keys()].every(isSameScore) &&
    [...a.remarks.keys(), ...b.remarks.keys()].every(isSameRemark) &&
    [...a.marks.keys(), ...b.marks.keys()].every(isSameMark)
  )
}

function pageOf(difference: { readonly mine?: Mark; readonly theirs?: Mark }): number {
  return (difference.mine ?? difference.theirs)?.pageNumber ?? 0
}

/** The box of ink follows from its strokes, and each side computes it for itself. */
function contentOf(mark: Mark | undefined): string {
  if (!mark) return ''
  const { pageNumber, kind, x, y, width, height, text, strokes, points } = mark
  return JSON.stringify([pageNumber, kind, strokes ? null : [x, y, width, height], text, points, strokes])
}
