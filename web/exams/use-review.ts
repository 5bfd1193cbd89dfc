import { useRef, useState } from 'react'
import type { BatchView, CopyProblems, OperationView, PageList, PageView } from '../../src/copies/contract.ts'
import { announce } from '../shared/announce.tsx'
import { type Asked, ask } from '../shared/ask.ts'
import { useAct } from './use-act.ts'

/** What a person can give; `replaced` is given by the operation of that name. */
export type DiscardReason = Exclude<Asked<'POST /api/pages/:pageId/discard'>['body']['reason'], 'replaced'>

/** What was done to pages on this screen, the last first; each can be put back. */
export type Done = { readonly operationId: string; readonly sentence: string }

/** A sentence, or what makes one of the answer. */
type Sentence = string | ((answer: OperationView) => string)

/** A copy as far as an operation needs to know it. */
export type SeenCopy = Pick<CopyProblems, 'copyId' | 'pagesVersion'>

export type Review = ReturnType<typeof useReview>

/** A scan as it is now, and what can be done to it. */
export type Scene = { readonly batch: BatchView; readonly list: PageList; readonly review: Review }

/** The operations on the pages of a scan, each over the versions that are on the screen. */
export function useReview(examId: string) {
  // Of all scans: a page may go to a copy of another one.
  const { act, isBusy, error, forget } = useAct(['batches'], ['exams', examId])
  const [done, setDone] = useState<readonly Done[]>([])
  // What is under way; an undo that is asked for meanwhile comes after it, and once.
  const running = useRef<Promise<unknown>>(Promise.resolve())
  const undoing = useRef(new Set<string>())
  const run = async (sentence: Sentence, deed: () => Promise<OperationView>): Promise<void> => {
    if (isBusy) return
    running.current = act(async () => {
      const answer = await deed()
      const said = typeof sentence === 'string' ? sentence : sentence(answer)
      setDone((before) => [{ operationId: answer.operationId, sentence: said }, ...before])
      announce(said)
    })
    await running.current
  }
  const of = ({ id, version }: PageView) => ({ params: { pageId: id }, version })
  const at = ({ copyId, pagesVersion }: SeenCopy) => ({ params: { copyId }, version: pagesVersion })
  return {
    act,
    isBusy,
    error,
    forget,
    done,
    rotate: (page: PageView, turn: 90 | 180 | 270, said: Sentence) =>
      run(said, () => ask('POST /api/pages/:pageId/rotate', { ...of(page), body: { turn } })),
    discard: (page: PageView, body: { reason: DiscardReason; note?: string }, said: Sentence) =>
      run(said, () => ask('POST /api/pages/:pageId/discard', { ...of(page), body })),
    restore: (page: PageView, said: Sentence) =>
      run(said, () => ask('POST /api/pages/:pageId/restore', of(page))),
    number: (page: PageView, sheetNumber: number | null, said: Sentence) =>
      run(said, () => ask('POST /api/pages/:pageId/number', { ...of(page), body: { sheetNumber } })),
    move: (page: PageView, body: Asked<'POST /api/pages/:pageId/move'>['body'], said: Sentence) =>
      run(said, () => ask('POST /api/pages/:pageId/move', { ...of(page), body })),
    replace: (page: PageView, by: PageView, said: Sentence) =>
      run(said, () => {
        const body = { byPageId: by.id, byPageVersion: by.version }
        return ask('POST /api/pages/:pageId/replace', { ...of(page), body })
      }),
    makeCopy: (page: PageView, said: Sentence) =>
      run(said, () => ask('POST /api/copies', { body: { pageIds: [page.id] } })),
    reorder: (copy: SeenCopy, pages: readonly PageView[], said: Sentence) =>
      run(said, () => {
        const body = { pageIds: pages.map(({ id }) => id) }
        return ask('POST /api/copies/:copyId/reorder', { ...at(copy), body })
      }),
    split: (copy: SeenCopy, before: PageView, said: Sentence) =>
      run(said, () =>
        ask('POST /api/copies/:copyId/split', { ...at(copy), body: { beforePageId: before.id } }),
      ),
    merge: (copy: SeenCopy, from: SeenCopy, said: Sentence) =>
      run(said, () => {
        const body = { fromCopyId: from.copyId, fromPagesVersion: from.pagesVersion }
        return ask('POST /api/copies/:copyId/merge', { ...at(copy), body })
      }),
    undo: async ({ operationId }: Done, sentence: string): Promise<void> => {
      if (undoing.current.has(operationId)) return
      undoing.current.add(operationId)
      await running.current
      running.current = act(async () => {
        await ask('POST /api/page-operations/:operationId/undo', { params: { operationId } })
        setDone((before) => before.filter((one) => one.operationId !== operationId))
      }, sentence)
      await running.current
      undoing.current.delete(operationId)
    },
  }
}

/** The pages of a copy, in their order. */
export function pagesOfCopy({ pages }: PageList, copyId: string): readonly PageView[] {
  return pages
    .filter((page) => page.copyId === copyId)
    .toSorted((a, b) => (a.pageNumber ?? 0) - (b.pageNumber ?? 0))
}
