import { AppError } from '../platform/errors.ts'
import type { AnnotationRow } from './annotation-store.ts'
import type { AnnotationChange, AnnotationKind, Strokes } from './contract.ts'

type Box = Pick<AnnotationRow, 'x' | 'y' | 'width' | 'height'>

/** Whether stored strokes are lists of points, which is all that drawing asks of them. */
export function areDrawable(strokes: unknown): strokes is Strokes {
  return Array.isArray(strokes) && strokes.every((stroke) => Array.isArray(stroke) && stroke.every(isPoint))
}

function isPoint(point: unknown): boolean {
  const { x, y } = (point ?? {}) as { x?: unknown; y?: unknown }
  return Number.isFinite(x) && Number.isFinite(y)
}

/** Fractions that add up to 1 on paper may exceed it by their rounding. */
const ROUNDING = 1e-9

/** The smallest box around all points of some strokes. */
export function boundsOf(strokes: Strokes): Box {
  let [left, top, right, bottom] = [1, 1, 0, 0]
  // A loop: a pen leaves more points than a call may have arguments.
  for (const { x, y } of strokes.flat()) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

const BOX = ['x', 'y', 'width', 'height'] as const

/** What can be changed of each kind besides its points. */
const CHANGEABLE: Readonly<Record<AnnotationKind, readonly (keyof AnnotationChange)[]>> = {
  comment: [...BOX, 'text'],
  text: [...BOX, 'text'],
  highlight: BOX,
  box: BOX,
  tick: BOX,
  cross: BOX,
  ink: ['strokes'],
}

/** Throws `invalid-annotation` with the field when a change names a member that the kind does not have. */
export function assertChangeable(kind: AnnotationKind, change: AnnotationChange): void {
  const names = Object.keys(change) as (keyof AnnotationChange)[]
  const foreign = names.find((name) => name !== 'points' && !CHANGEABLE[kind].includes(name))
  if (foreign) throw invalidAnnotation('This kind of annotation has no such member to change.', foreign)
}

/** Throws `invalid-annotation` with the field when an annotation is not wholly on a page of its copy, or has no area. */
export function assertFits(
  annotation: Box & Pick<AnnotationRow, 'kind' | 'pageIndex'>,
  copy: { readonly pages: number },
): void {
  const { kind, pageIndex, x, y, width, height } = annotation
  if (pageIndex >= copy.pages) throw invalidAnnotation('This copy has no such page.', 'pageNumber')
  if (x + width > 1 + ROUNDING) throw overTheEdge('width')
  if (y + height > 1 + ROUNDING) throw overTheEdge('height')
  const hasArea = kind === 'highlight' || kind === 'box'
  if (hasArea && width === 0) throw invalidAnnotation('It would not be seen.', 'width')
  if (hasArea && height === 0) throw invalidAnnotation('It would not be seen.', 'height')
}

function overTheEdge(field: string): AppError {
  return invalidAnnotation('It reaches over the edge of the page.', field)
}

/** `field` is a member of the body, named as the frame names it. */
export function invalidAnnotation(title: string, field: string): AppError {
  const fields = [{ path: `body.${field}`, problem: 'not-fitting' }]
  return new AppError('invalid-annotation', { title, problem: { fields } })
}
