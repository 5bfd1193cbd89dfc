import type { AnnotationView } from '../../src/marking/contract.ts'

/** The numbers of the comments by their ids, in reading order: those that the marked PDF gives them. */
export function numberComments(annotations: readonly AnnotationView[]): ReadonlyMap<string, number> {
  const comments = annotations
    .filter(({ kind }) => kind === 'comment')
    .toSorted((a, b) => a.pageNumber - b.pageNumber || a.y - b.y || a.x - b.x)
  return new Map(comments.map(({ id }, index) => [id, index + 1]))
}
