import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useFormat } from '../shared/format.ts'
import { Button } from '../shared/ui/button.tsx'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'
import { type Difference, differencesOf } from './differences.ts'
import { sizeOf } from './geometry.ts'
import { COMMENT, type Mark, type Sheet } from './mark.ts'
import { MarkShape } from './mark-shape.tsx'

type Choices = { readonly of: Sheet | undefined; readonly mine: ReadonlyMap<string, boolean> }

const NONE: ReadonlyMap<string, boolean> = new Map()

type ConflictProps = {
  state: DeskState
  labelOf: (itemId: string) => string
  /** Height of a page over its width. */
  ratioOf: (pageNumber: number) => number
  onDecide: (mine: readonly Difference[]) => void
}

/**
 * Both versions side by side, a line for each thing that differs; a person chooses. Nothing is chosen by itself. What is
 * under it is out of reach meanwhile.
 */
export function Conflict({ state, labelOf, ratioOf, onDecide }: ConflictProps) {
  const words = useDeskWords()
  const format = useFormat()
  const server = state.conflict
  const differences = useMemo(() => (server ? differencesOf(state.sheet, server) : []), [state.sheet, server])
  const [chosen, setChosen] = useState<Choices>({ of: undefined, mine: NONE })
  // Of another conflict, of this copy or another, nothing is chosen yet.
  const mine = chosen.of === server ? chosen.mine : NONE
  const setMine = (choices: ReadonlyMap<string, boolean>) => setChosen({ of: server, mine: choices })
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (server) heading.current?.focus()
  }, [server])
  if (!server) return null
  const all = (isMine: boolean) => setMine(new Map(differences.map(({ id }) => [id, isMine])))
  const remark = (text: string | null) => text ?? words.conflict.nothing
  const titleOf = (one: Difference) => {
    if (one.type === 'score') return labelOf(one.id)
    if (one.type === 'mark') return mark(one.mine ?? one.theirs)
    return one.place === COMMENT ? words.comment : words.remarkOn(labelOf(one.place))
  }
  const sidesOf = (one: Difference) => {
    if (one.type === 'score') return [score(one.mine), score(one.theirs)]
    return one.type === 'mark' ? [mark(one.mine), mark(one.theirs)] : [remark(one.mine), remark(one.theirs)]
  }
  const score = (points: number | null) => (points === null ? words.conflict.noScore : format.points(points))
  const mark = (one: Mark | undefined) =>
    one ? words.markName(words.kinds[one.kind], one.pageNumber, one.text) : words.conflict.nothing
  const isDecided = differences.every(({ id }) => mine.has(id))
  return (
    <section
      aria-labelledby="conflict"
      className="fixed inset-0 z-10 flex flex-col gap-4 overflow-auto bg-canvas p-4 sm:p-8"
    >
      <h2 ref={heading} id="conflict" tabIndex={-1} className="font-semibold text-xl outline-none">
        {words.conflict.title}
      </h2>
      <p className="max-w-prose text-muted">{words.conflict.text}</p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => all(true)}>{words.conflict.allMine}</Button>
        <Button onClick={() => all(false)}>{words.conflict.allTheirs}</Button>
      </div>
      <ul className="flex max-w-3xl flex-col gap-2">
        {differences.map((one) => {
          const [own, other] = sidesOf(one)
          const choose = (isMine: boolean) => setMine(new Map(mine).set(one.id, isMine))
          return (
            <li key={one.id}>
              <fieldset className="rounded-lg border border-line bg-surface p-3">
                <legend className="px-1 font-medium text-sm">{titleOf(one)}</legend>
                <div className="grid gap-2 sm:grid-cols-2">
                  {([true, false] as const).map((isMine) => (
                    <label
                      key={String(isMine)}
                      className="flex min-h-10 cursor-pointer items-center gap-2 rounded-md border border-line px-3 py-1 text-sm has-checked:border-accent has-checked:bg-accent-soft"
                    >
                      <input
                        type="radio"
                        name={one.id}
                        checked={mine.get(one.id) === isMine}
                        onChange={() => choose(isMine)}
                        className="size-6 accent-accent"
                      />
                      <span className="min-w-0 flex-1 break-words">
                        {isMine ? words.conflict.mine : words.conflict.theirs} :{' '}
                        <strong>{isMine ? own : other}</strong>
                        {one.type === 'mark' && <Where mark={isMine ? one.mine : one.theirs} />}
                      </span>
                      {one.type === 'mark' && (
                        <Picture mark={isMine ? one.mine : one.theirs} ratioOf={ratioOf} />
                      )}
                    </label>
                  ))}
                </div>
              </fieldset>
            </li>
          )
        })}
      </ul>
      <Button
        look="primary"
        className="self-start"
        disabled={!isDecided}
        onClick={() => onDecide(differences.filter(({ id }) => mine.get(id)))}
      >
        {words.conflict.apply}
      </Button>
    </section>
  )
}

type Side = { mark: Mark | undefined }

/** Where a mark lies, in words. */
function Where({ mark }: Side) {
  const { conflict } = useDeskWords()
  if (!mark) return null
  const [right, down] = [mark.x, mark.y].map((part) => Math.round(part * 100)) as [number, number]
  return <span className="block text-muted">{conflict.at(right, down)}</span>
}

/** So far around a mark that it is seen on a page as small as a thumb. */
const HALO = 40

/** The mark alone on its page. */
function Picture({ mark, ratioOf }: Side & Pick<ConflictProps, 'ratioOf'>) {
  if (!mark) return null
  const ratio = ratioOf(mark.pageNumber)
  const tall = 1_000 * ratio
  const { width, height } = sizeOf(mark, ratio)
  return (
    <svg
      aria-hidden
      viewBox={`0 0 1000 ${tall}`}
      className="h-28 shrink-0 rounded border border-line bg-paper"
    >
      <rect
        x={mark.x * 1_000 - HALO}
        y={mark.y * tall - HALO}
        width={width * 1_000 + 2 * HALO}
        height={height * tall + 2 * HALO}
        rx={HALO / 2}
        className="fill-choice/15 stroke-[8] stroke-choice"
      />
      <MarkShape mark={mark} ratio={ratio} badge={1} />
    </svg>
  )
}
