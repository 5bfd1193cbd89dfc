import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Files } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import type { BatchView, CopyProblems } from '../../src/copies/contract.ts'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { Meter } from '../shared/ui/meter.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useWords } from '../shared/words.ts'
import { BatchCopy, isIncomplete } from './batch-copy.tsx'
import { batchWords } from './batch-words.ts'
import { copiesQuery } from './queries.ts'
import { reviewWords } from './review-words.ts'
import type { Review, Scene } from './use-review.ts'

/** Copies whose pages show at once; of more, each is opened by hand. */
const OPEN_AT_FIRST = 6

/** The copies of a scan: what is against each in words, its pages, and the word that it is complete. */
export function BatchCopies({ scene }: { scene: Scene }) {
  const words = useWords(batchWords)
  const more = useWords(reviewWords)
  const { batch, list, review } = scene
  const copies = list.copies.filter(({ pages }) => pages > 0)
  const staging = copies.filter(({ status }) => status === 'STAGING')
  const whole = staging.filter((copy) => !isIncomplete(copy))
  const isPrepared = usePreparation(batch)
  const { validateAll, validating, refused } = useValidation(review)
  const [wasLong] = useState(copies.length > OPEN_AT_FIRST)
  const whyId = useId()
  const waiting = staging.length - whole.length
  const why =
    list.unresolved > 0
      ? words.blocked
      : waiting > 0
        ? more.validateWaits(waiting)
        : staging.length > 0
          ? words.validateLead
          : more.allValidated
  if (copies.length === 0) {
    return (
      <Section title={words.copies}>
        <Empty icon={Files} title={more.noCopies}>
          {more.noCopiesText}
        </Empty>
      </Section>
    )
  }
  return (
    <Section
      title={words.copies}
      lead={<span id={whyId}>{why}</span>}
      actions={
        staging.length > 0 ? (
          <Button
            look="primary"
            aria-describedby={whyId}
            disabled={list.unresolved > 0 || whole.length === 0 || validating !== undefined}
            onClick={() => void validateAll(whole)}
          >
            {words.validateAll(whole.length || staging.length)}
          </Button>
        ) : (
          <Link to="/exams/$examId" params={{ examId: batch.examId }} className={buttonClass('primary')}>
            {more.goOn}
          </Link>
        )
      }
    >
      {validating && (
        <div role="status" className="max-w-md">
          <Meter
            label={words.validating}
            value={validating.done}
            max={validating.all}
            text={words.validatedOf(validating.done, validating.all)}
          />
        </div>
      )}
      <ul className="flex flex-col gap-3">
        {copies.map((copy) => (
          <li key={copy.copyId} className="rounded-lg border border-line bg-surface">
            <BatchCopy
              copy={copy}
              scene={scene}
              isPrepared={isPrepared(copy.copyId)}
              isOpenAtFirst={!wasLong}
              refusal={refused.get(copy.copyId)}
              onValidate={() => void validateAll([copy])}
            />
          </li>
        ))}
      </ul>
    </Section>
  )
}

const WATCH_MS = 1_000

/**
 * Whether the PDF and the pictures of a copy are made of its pages as they are; watched while they are not. The pages
 * are asked for again then: their pictures may have been turned.
 */
function usePreparation({ id, examId }: BatchView): (copyId: string) => boolean {
  const queries = useQueryClient()
  const copies = useQuery({
    ...copiesQuery(examId),
    refetchInterval: ({ state }) =>
      state.data?.some((copy) => copy.status === 'STAGING' && copy.pages > 0 && !copy.isPrepared)
        ? WATCH_MS
        : false,
  })
  const own = copies.data?.filter(({ batchId }) => batchId === id) ?? []
  const prepared = own.filter(({ isPrepared }) => isPrepared).map(({ id: copyId }) => copyId)
  const key = prepared.join()
  useEffect(() => {
    if (key !== '') void queries.invalidateQueries({ queryKey: ['batches', id, 'pages'] })
  }, [queries, id, key])
  return (copyId) => own.find((copy) => copy.id === copyId)?.isPrepared ?? true
}

/** Declares copies complete, one after another; those that are refused keep their reason. */
function useValidation(review: Review) {
  const words = useWords(batchWords)
  const [validating, setValidating] = useState<{ done: number; all: number }>()
  const [refused, setRefused] = useState<ReadonlyMap<string, unknown>>(new Map())
  const validateAll = async (copies: readonly CopyProblems[]) => {
    if (review.isBusy) return
    const reasons = new Map<string, unknown>()
    await review.act(async () => {
      for (const [done, { copyId }] of copies.entries()) {
        setValidating({ done, all: copies.length })
        await ask('POST /api/copies/:copyId/validate', { params: { copyId } }).catch((failure: unknown) =>
          // Shown at its copy; the others go on.
          reasons.set(copyId, failure),
        )
      }
    })
    setRefused(reasons)
    setValidating(undefined)
    announce(words.validated(copies.length - reasons.size, reasons.size))
  }
  return { validateAll, validating, refused }
}
