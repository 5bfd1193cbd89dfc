import type { AnnotationView, ResultView } from '../../src/marking/contract.ts'
import { addressOf } from '../shared/ask.ts'
import { useFormat } from '../shared/format.ts'
import { useWords } from '../shared/words.ts'
import { MarkDrawing } from './mark-drawing.tsx'
import { portalWords } from './words.ts'

type PageProps = {
  result: ResultView
  page: ResultView['pages'][number]
  numbers: ReadonlyMap<string, number>
}

/** A page with the marks upon it; everything that has words or points stands below it as well, for every reader. */
export function MarkedPage({ result, page, numbers }: PageProps) {
  const words = useWords(portalWords)
  const { pageNumber } = page
  const [width, height] = [page.widthPx ?? 1_240, page.heightPx ?? 1_754]
  const marks = result.annotations.filter((mark) => mark.pageNumber === pageNumber)
  const ordered = marks.toSorted((a, b) => Number(b.kind === 'highlight') - Number(a.kind === 'highlight'))
  const box = { width: 1_000, height: (1_000 * height) / width }
  return (
    <figure className="flex flex-col gap-3">
      <figcaption className="text-muted text-sm">{words.page(pageNumber, result.pages.length)}</figcaption>
      <div className="relative overflow-hidden rounded-sm border border-line bg-paper shadow-card">
        <img
          src={addressOf('/api/my/results/:copyId/pages/:pageNumber', {
            copyId: result.copyId,
            pageNumber: String(pageNumber),
          })}
          alt={words.pageImage(pageNumber, marks.length)}
          width={width}
          height={height}
          loading={pageNumber > 2 ? 'lazy' : 'eager'}
          className="h-auto w-full"
        />
        <svg
          aria-hidden
          viewBox={`0 0 ${box.width} ${box.height}`}
          className="pointer-events-none absolute inset-0 size-full forced-color-adjust-none"
        >
          {ordered.map((mark) => (
            <MarkDrawing key={mark.id} mark={mark} box={box} number={numbers.get(mark.id)} />
          ))}
        </svg>
      </div>
      <Remarks marks={marks} numbers={numbers} />
    </figure>
  )
}

function Remarks({ marks, numbers }: { marks: readonly AnnotationView[]; numbers: PageProps['numbers'] }) {
  const words = useWords(portalWords)
  const format = useFormat()
  const said = marks.filter(({ text, points }) => text !== null || points !== null)
  if (said.length === 0) return null
  return (
    <ul aria-label={words.remarks} className="flex flex-col gap-2">
      {said.map((mark) => (
        <li key={mark.id} className="flex gap-3 rounded-lg border border-line bg-surface px-4 py-2 text-sm">
          <span className="shrink-0 font-semibold text-bad">
            {numbers.get(mark.id) ?? words.kinds[mark.kind]}
          </span>
          <span className="min-w-0 whitespace-pre-line break-words">{mark.text}</span>
          {mark.points !== null && (
            <span className="ms-auto shrink-0 tabular-nums">
              {words.signed(format.points(mark.points), mark.points)}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
