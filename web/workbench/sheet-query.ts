import { queryOptions } from '@tanstack/react-query'
import { ask } from '../shared/ask.ts'
import { isBeingMade } from '../shared/being-made.ts'
import { COMMENT, type Mark, type Remark, type Score, type Sheet, toMark } from './mark.ts'

const FRESH_MS = 30_000
/** While a marked PDF is being made, its end is looked for this often. */
const WATCH_MS = 2_000

/** What the server has of a copy now. */
export async function readSheet(copyId: string, signal?: AbortSignal): Promise<Sheet> {
  return (await readMarking(copyId, signal)).sheet
}

async function readMarking(copyId: string, signal?: AbortSignal) {
  const asked = { params: { copyId }, ...(signal ? { signal } : {}) }
  const [{ annotations }, scores] = await Promise.all([
    ask('GET /api/copies/:copyId/annotations', asked),
    ask('GET /api/copies/:copyId/scores', asked),
  ])
  const marks = new Map(annotations.map((view): [string, Mark] => [view.id, toMark(view)]))
  const scored = scores.items.filter(({ maxPoints }) => maxPoints !== null)
  const points = scored.map(({ itemId, points: given, version }): [string, Score] => [
    itemId,
    { points: given, version },
  ])
  const remarks = new Map(scored.map(({ itemId, remark }): [string, Remark] => [itemId, remark]))
  remarks.set(COMMENT, scores.comment)
  return { sheet: { marks, scores: new Map(points), remarks }, items: scores.items }
}

/** Everything that the workbench shows of a copy. */
export const deskQuery = (copyId: string) =>
  queryOptions({
    queryKey: ['desk', copyId],
    queryFn: async ({ signal }) => {
      const asked = { params: { copyId }, signal }
      const [copy, sizes, marking] = await Promise.all([
        ask('GET /api/copies/:copyId', asked),
        ask('GET /api/copies/:copyId/page-sizes', asked),
        readMarking(copyId, signal),
      ])
      const exam = await ask('GET /api/exams/:examId', { params: { examId: copy.examId }, signal })
      return { copy, sizes, exam, ...marking }
    },
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    refetchInterval: ({ state }) => (state.data && isBeingMade(state.data.copy) ? WATCH_MS : false),
  })
export type DeskData = Awaited<ReturnType<NonNullable<ReturnType<typeof deskQuery>['queryFn']>>>

export const myCopiesQuery = queryOptions({
  queryKey: ['my-copies'],
  queryFn: async ({ signal }) => (await ask('GET /api/my/copies', { signal })).copies,
  refetchInterval: ({ state }) => (state.data?.some(isBeingMade) ? WATCH_MS : false),
})
