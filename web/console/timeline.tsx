import { useQuery } from '@tanstack/react-query'
import { createLazyRoute, getRouteApi } from '@tanstack/react-router'
import { Download, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { Page } from '../shared/page.tsx'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { auditWords } from './audit-words.ts'
import { EventList } from './event-list.tsx'
import { HowVerified } from './how-verified.tsx'
import type { StreamVerdict } from './proof/check-stream.ts'
import { formatStreamProof } from './proof-files.ts'
import { saveFile } from './save-file.ts'
import { shortId } from './short-id.ts'
import { checkedTimeline } from './timeline-queries.ts'
import { CheckedAgainst, Findings, type Tone, Verdict } from './verdict.tsx'
import { verdictWords } from './verdict-words.ts'

const { useParams } = getRouteApi('/signed-in/audit/copies/$copyId')

/** What happened to a copy, checked in this browser against the signed log. */
function Timeline() {
  const { copyId } = useParams()
  const words = useWords(auditWords)
  const verdicts = useWords(verdictWords)
  const [vkey, setVkey] = useState<string>()
  const timeline = useQuery(checkedTimeline(copyId, vkey))
  const { data } = timeline
  return (
    <Page title={words.timelineOf(shortId(copyId))} lead={words.timelineLead}>
      {timeline.isError && <Problem error={timeline.error} onRetry={() => void timeline.refetch()} />}
      {timeline.isPending && <Verdict tone="open" sentence={verdicts.checking} />}
      {data?.verdict && data.proof && (
        <>
          <CopyVerdict
            verdict={data.verdict}
            at={data.checkedAt}
            isKeyHeld={data.isKeyHeld}
            onAgain={() => void timeline.refetch()}
            isChecking={timeline.isFetching}
            onSave={() => data.proof && saveFile(`copy-${copyId}.proof.json`, formatStreamProof(data.proof))}
          />
          <HowVerified vkey={data.proof.vkeys[0]} onVkey={setVkey} hasRecipe />
        </>
      )}
      {data && <EventList events={data.events} proof={data.proof} verdict={data.verdict} />}
    </Page>
  )
}

const TONES: Readonly<Record<StreamVerdict['state'], Tone>> = {
  authentic: 'good',
  false: 'bad',
  undecided: 'open',
  unpublished: 'open',
}

function CopyVerdict(props: {
  verdict: StreamVerdict
  at: string
  isKeyHeld: boolean
  isChecking: boolean
  onAgain: () => void
  onSave: () => void
}) {
  const { verdict, at, isKeyHeld, isChecking, onAgain, onSave } = props
  const words = useWords(verdictWords)
  const { state, counts, checkpoint, findings } = verdict
  const sentence = state === 'authentic' ? words.authentic(counts.proved) : words[state]
  return (
    <Verdict
      tone={TONES[state]}
      sentence={sentence}
      actions={
        <>
          <Button onClick={onAgain} disabled={isChecking}>
            <RotateCw aria-hidden className="size-4" />
            {isChecking ? words.checking : words.again}
          </Button>
          <Button onClick={onSave}>
            <Download aria-hidden className="size-4" />
            {words.save}
          </Button>
        </>
      }
    >
      {state === 'false' && (
        <>
          <Findings findings={findings} />
          <p>{words.falseAdvice}</p>
        </>
      )}
      {counts.gap > 0 && <p>{words.gaps(counts.gap)}</p>}
      {counts.waiting > 0 && state !== 'unpublished' && <p>{words.waiting(counts.waiting)}</p>}
      {counts.earlier > 0 && <p>{words.earlier(counts.earlier)}</p>}
      {checkpoint && <CheckedAgainst at={at} checkpoint={checkpoint} isKeyHeld={isKeyHeld} />}
    </Verdict>
  )
}

export const route = createLazyRoute('/signed-in/audit/copies/$copyId')({ component: Timeline })
