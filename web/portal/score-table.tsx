import type { ResultView } from '../../src/marking/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { portalWords } from './words.ts'

type Item = ResultView['items'][number]

/** The points of each question; one with parts shows what its parts add up to. */
export function ScoreTable({ result: { items } }: { result: ResultView }) {
  const words = useWords(portalWords)
  const format = useFormat()
  const sums = items.map((item, index) => sumOf(items, item, index))
  const text = (value: number | null) => (value === null ? '–' : format.points(value))
  return (
    <Table
      caption={words.byQuestion}
      rows={items.map((item, index) => ({ ...item, ...sums[index] }))}
      keyOf={({ itemId }) => itemId}
      columns={[
        {
          key: 'question',
          title: words.question,
          isName: true,
          cell: ({ label, depth }) => (
            <span className={`break-words ${depth > 0 ? 'ps-4 font-normal' : ''}`}>{label}</span>
          ),
        },
        { key: 'points', title: words.points, isNumber: true, cell: ({ points }) => text(points ?? null) },
        { key: 'of', title: words.maximum, isNumber: true, cell: ({ maxPoints }) => text(maxPoints ?? null) },
      ]}
    />
  )
}

/** What a line shows; the parts of a question follow it. */
function sumOf(items: readonly Item[], item: Item, index: number): Pick<Item, 'points' | 'maxPoints'> {
  if (item.maxPoints !== null) return { points: item.points, maxPoints: item.maxPoints }
  const after = items.slice(index + 1)
  const end = after.findIndex(({ depth }) => depth <= item.depth)
  const parts = end < 0 ? after : after.slice(0, end)
  const scored = parts.filter(({ points }) => points !== null)
  return {
    points: scored.length === 0 ? null : scored.reduce((sum, { points }) => sum + (points ?? 0), 0),
    maxPoints: parts.reduce((sum, { maxPoints }) => sum + (maxPoints ?? 0), 0),
  }
}
