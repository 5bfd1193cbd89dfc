/**
 * Each label with the closed list of its values. A set may grow while the process starts, by what the program itself
 * declares, and never by what a caller sends.
 */
export type LabelLists = Readonly<Record<string, readonly string[] | ReadonlySet<string>>>

/** One value for each label. */
export type LabelsOf<L extends LabelLists> = {
  readonly [K in keyof L]: L[K] extends readonly (infer V)[]
    ? V
    : L[K] extends ReadonlySet<infer V>
      ? V
      : never
}

export type Labels = Readonly<Record<string, string>>

/** The lists as sets; one that is a set already stays the same, and may grow. */
export type LabelSets = ReadonlyMap<string, ReadonlySet<string>>

export function toSets(lists: LabelLists): LabelSets {
  return new Map(
    Object.entries(lists).map(([name, values]) => [name, values instanceof Set ? values : new Set(values)]),
  )
}

/**
 * A copy of the labels, which are those declared with values of their lists: the library takes any value and a missing
 * label, and each would be a series for ever. Throws otherwise; the message names no value.
 */
export function parseLabels(sets: LabelSets, given: unknown): Labels {
  const labels = { ...(given as Labels) }
  let isLegal = Object.keys(labels).length === sets.size
  for (const [name, values] of sets) isLegal &&= values.has(labels[name] ?? '')
  if (!isLegal) throw new TypeError('labels not declared')
  return labels
}

/** Every combination of the values. */
export function combinationsOf(sets: LabelSets): readonly Labels[] {
  let rows: Labels[] = [{}]
  for (const [name, values] of sets) {
    rows = rows.flatMap((row) => [...values].map((value) => ({ ...row, [name]: value })))
  }
  return rows
}
