import type { z } from 'zod'
import type { RubricItemView, rubricInput } from '../../src/exams/contract.ts'

/** A line of a rubric while somebody writes it: what was typed, as it was typed. */
export type DraftItem = {
  readonly key: string
  readonly label: string
  /** Points as they were typed, with a comma or a point; unused while there are parts. */
  readonly points: string
  /** Its own step, where the lines of a rubric differ in it. */
  readonly step?: Step | undefined
  readonly parts: readonly DraftItem[]
}

export const STEPS = [0.25, 0.5, 1] as const
export type Step = (typeof STEPS)[number]

/** What is wrong with a line. */
export type DraftFault = 'label-missing' | 'points-missing' | 'not-a-number' | 'off-step' | 'too-many'

const MOST_POINTS = 1_000

/** An empty line. */
export function emptyItem(): DraftItem {
  return { key: crypto.randomUUID(), label: '', points: '', parts: [] }
}

/** The lines of a rubric that there is, to be changed, and the step that all of them have. */
export function draftOf(
  items: readonly RubricItemView[],
  write: (points: number) => string,
): { readonly items: readonly DraftItem[]; readonly step: Step | undefined } {
  const steps = new Set(items.flatMap(({ step }) => step ?? []))
  const common = steps.size === 1 ? STEPS.find((known) => steps.has(known)) : undefined
  const toDraft = (item: RubricItemView): DraftItem => ({
    key: item.id,
    label: item.label,
    points: item.maxPoints === null ? '' : write(item.maxPoints),
    step: common === undefined ? STEPS.find((known) => known === item.step) : undefined,
    parts: items.filter(({ parentId }) => parentId === item.id).map(toDraft),
  })
  return { items: items.filter(({ parentId }) => parentId === null).map(toDraft), step: common }
}

/** Of a line that says none, in a rubric whose lines differ. */
const USUAL_STEP = 0.5

/** The number that was typed; undefined when it is none. */
export function parsePoints(typed: string): number | undefined {
  const text = typed.trim().replace(',', '.')
  return /^\d{1,6}(\.\d{1,4})?$/.test(text) ? Number(text) : undefined
}

/** The lines that carry points. */
function leavesOf(items: readonly DraftItem[]): readonly DraftItem[] {
  return items.flatMap((item) => (item.parts.length > 0 ? leavesOf(item.parts) : [item]))
}

/** What the lines add up to, as far as they are numbers. */
export function totalOf(items: readonly DraftItem[]): number {
  return leavesOf(items).reduce((sum, { points }) => sum + (parsePoints(points) ?? 0), 0)
}

/** What is wrong, by the key of the line; empty when the rubric can be sent. */
export function findFaults(
  items: readonly DraftItem[],
  step: Step | undefined,
): ReadonlyMap<string, DraftFault> {
  const all = items.flatMap((item) => [item, ...item.parts])
  const faults = new Map<string, DraftFault>()
  for (const item of all) {
    const fault =
      item.label.trim() === ''
        ? 'label-missing'
        : item.parts.length > 0
          ? undefined
          : faultOf(item.points, step ?? item.step ?? USUAL_STEP)
    if (fault) faults.set(item.key, fault)
  }
  return faults
}

function faultOf(typed: string, step: Step): DraftFault | undefined {
  if (typed.trim() === '') return 'points-missing'
  const points = parsePoints(typed)
  if (points === undefined || points === 0) return 'not-a-number'
  if (points > MOST_POINTS) return 'too-many'
  return Number.isInteger(points / step) ? undefined : 'off-step'
}

/** The rubric as the API takes it. Only for a draft without faults. */
export function toRubric(items: readonly DraftItem[], step: Step | undefined): z.input<typeof rubricInput> {
  const leaf = ({ label, points, step: own }: DraftItem) => ({
    label: label.trim(),
    maxPoints: parsePoints(points) ?? 0,
    step: step ?? own ?? USUAL_STEP,
  })
  return {
    items: items.map((item) =>
      item.parts.length > 0 ? { label: item.label.trim(), items: item.parts.map(leaf) } : leaf(item),
    ),
  }
}
