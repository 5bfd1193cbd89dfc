import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { computeScore } from '../../src/marking/score.ts'
import { useFormat } from '../shared/format.ts'
import { useDeskWords } from './desk-words.ts'
import type { Draft } from './drafts.ts'
import { COMMENT, type Remark, type Score } from './mark.ts'
import { RemarkField } from './remark-field.tsx'
import { toHundredths } from './score-entry.ts'
import { type Item, ScoreRow } from './score-row.tsx'
import { useStateOf } from './use-state-of.ts'

type ScorePanelProps = {
  /** The copy: what is typed belongs to one. */
  copyId: string
  items: readonly Item[]
  scores: ReadonlyMap<string, Score>
  remarks: ReadonlyMap<string, Remark>
  currentId: string | undefined
  canEdit: boolean
  onScore: (itemId: string, points: number | null) => void
  onMisfit: (itemId: string, isMisfit: boolean) => void
  onDraft: (place: string, draft: Draft) => void
  onRemark: (place: string, draft: Draft) => void
  onCurrent: (itemId: string) => void
  /** Below the questions. */
  children: ReactNode
  /** At the foot, always in sight. */
  foot: ReactNode
}

const NO_REMARK: Remark = { text: null, version: 0 }
const NO_DRAFTS: ReadonlyMap<string, number> = new Map()

/** The rubric with its fields and what is said of each question and of the whole, the total, and the way on. */
export function ScorePanel(props: ScorePanelProps) {
  const words = useDeskWords()
  const format = useFormat()
  const [drafts, setDrafts] = useStateOf<ReadonlyMap<string, number>>(props.copyId, NO_DRAFTS)
  const list = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another copy begins at its first question
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: 0 })
  }, [props.copyId])
  const { totalHundredths, maxHundredths } = computeScore(
    props.items.map(({ itemId, maxPoints }) => ({
      id: itemId,
      maxHundredths: maxPoints === null ? null : toHundredths(maxPoints),
    })),
    new Map(
      props.items.map(({ itemId }) => {
        const points = drafts.get(itemId) ?? props.scores.get(itemId)?.points ?? null
        return [itemId, points === null ? null : toHundredths(points)]
      }),
    ),
  )
  const draft = (itemId: string, points: number | undefined) => {
    const next = new Map(drafts)
    if (points === undefined) next.delete(itemId)
    else next.set(itemId, points)
    setDrafts(next)
  }
  const remarkAt = (place: string, names: { name: string; add: string; of?: string; isTitled?: boolean }) => (
    <RemarkField
      copyId={props.copyId}
      place={place}
      {...names}
      remark={props.remarks.get(place) ?? NO_REMARK}
      canEdit={props.canEdit}
      onDraft={(typed) => props.onDraft(place, typed)}
      onRemark={(typed) => props.onRemark(place, typed)}
    />
  )
  return (
    <section
      id="scores"
      aria-label={words.scores}
      className="flex w-full shrink-0 flex-col border-line border-t bg-surface md:col-span-2 md:max-h-[38dvh] lg:col-span-1 lg:max-h-none lg:border-s lg:border-t-0"
    >
      <p className="flex items-baseline justify-between border-line border-b px-4 py-2">
        <span className="text-muted text-sm">{words.total}</span>
        <span className="font-semibold text-2xl tabular-nums" data-total>
          {format.points(totalHundredths / 100)}{' '}
          <span className="font-normal text-base text-muted">
            {words.outOf(format.points(maxHundredths / 100))}
          </span>
        </span>
      </p>
      <div ref={list} className="flex min-h-0 flex-1 flex-col gap-4 overflow-auto p-2">
        <ol className="flex flex-col gap-0.5">
          {props.items.map((item) => (
            <li key={item.itemId}>
              {item.maxPoints === null ? (
                <p className="px-2 pt-2 font-medium text-sm">{item.label}</p>
              ) : (
                <>
                  <ScoreRow
                    copyId={props.copyId}
                    item={item}
                    points={props.scores.get(item.itemId)?.points ?? null}
                    isCurrent={item.itemId === props.currentId}
                    canEdit={props.canEdit}
                    onScore={(points) => props.onScore(item.itemId, points)}
                    onDraft={(points) => draft(item.itemId, points)}
                    onMisfit={(isMisfit) => props.onMisfit(item.itemId, isMisfit)}
                    onFocus={() => props.onCurrent(item.itemId)}
                  />
                  {remarkAt(item.itemId, {
                    name: words.remarkOn(item.label),
                    add: words.addRemark,
                    of: item.label,
                  })}
                </>
              )}
            </li>
          ))}
        </ol>
        {remarkAt(COMMENT, { name: words.comment, add: words.addComment, isTitled: true })}
        {props.children}
      </div>
      {props.foot}
    </section>
  )
}
