import type { ResultView } from '../../src/marking/contract.ts'
import { useWords } from '../shared/words.ts'
import { portalWords } from './words.ts'

/** What was said of each question, those without a remark left out. */
export function QuestionRemarks({ result: { items } }: { result: ResultView }) {
  const words = useWords(portalWords)
  const said = items.filter(({ remark }) => remark !== null)
  if (said.length === 0) return null
  return (
    <ul aria-label={words.questionRemarks} className="flex flex-col gap-2">
      {said.map(({ itemId, label, remark }) => (
        <li key={itemId} className="rounded-lg border border-line bg-surface px-4 py-2 text-sm">
          <strong className="block break-words font-semibold">{label}</strong>
          <span className="whitespace-pre-line break-words">{remark}</span>
        </li>
      ))}
    </ul>
  )
}
