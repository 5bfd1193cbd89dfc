import type { AnnotationKind, AnnotationView, RemarkView, Strokes } from '../../src/marking/contract.ts'

/** An annotation as the screen has it; positions are fractions of the upright page, `pageNumber` counts from 1. */
export type Mark = Omit<AnnotationView, 'id' | 'updatedAt'> & { readonly id: string }
export type { AnnotationKind, Strokes }
export type Point = Strokes[number][number]

/** What of a mark can be changed; a mark of ink is changed by its strokes. */
export type Shape = {
  readonly x?: number
  readonly y?: number
  readonly width?: number
  readonly height?: number
  readonly text?: string
  readonly strokes?: Strokes
}

export type Score = { readonly points: number | null; readonly version: number }

export type Remark = Readonly<RemarkView>
/** Where the remark on the whole copy is, among those on items of the rubric. */
export const COMMENT = 'comment'

/** All that a marker has laid on a copy; scores and remarks by the item of the rubric, version 0 before the first. */
export type Sheet = {
  readonly marks: ReadonlyMap<string, Mark>
  readonly scores: ReadonlyMap<string, Score>
  readonly remarks: ReadonlyMap<string, Remark>
}

/** A mark by what the API says of it. */
export function toMark({ updatedAt: _, ...mark }: AnnotationView): Mark {
  return mark
}
