import { markdownTable } from '../../test/support/markdown.ts'
import { type Place, showPlace } from './place.ts'

/** Code in a sentence or a cell. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``
}

export function codes(texts: readonly string[]): string {
  return texts.length > 0 ? texts.map(code).join(', ') : '–'
}

/** Where something stands; inside a table of one room, without the room. */
export function placeIn(room: string, place: Place): string {
  return code(showPlace(place).replace(`${room}/`, ''))
}

/** A table, in which a bar is text; or a sentence when there is nothing to show. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  nothing = 'None.',
): string {
  if (rows.length === 0) return nothing
  return markdownTable(
    header,
    rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|'))),
  )
}

/** `1 call`, `2 calls`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** The members by what `keyOf` says of them, in the order of the keys. */
export function groupBy<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
): readonly (readonly [string, T[]])[] {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}
