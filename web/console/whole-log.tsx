import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { createLazyRoute } from '@tanstack/react-router'
import { Download, FileClock, ShieldCheck } from 'lucide-react'
import { useRef, useState } from 'react'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { useWords } from '../shared/words.ts'
import { CheckpointCard } from './checkpoint-card.tsx'
import { HowVerified } from './how-verified.tsx'
import { KeptCheckpoint } from './kept-checkpoint.tsx'
import { checkPublishedLog, readCheckpoint } from './log-files.ts'
import type { LogVerdict } from './proof/check-log.ts'
import { saveFile } from './save-file.ts'
import { CheckedAgainst, Findings, Verdict } from './verdict.tsx'
import { verdictWords } from './verdict-words.ts'
import { wholeLogWords } from './whole-log-words.ts'

const checkpointQuery = queryOptions({
  queryKey: ['audit', 'checkpoint'],
  queryFn: ({ signal }) => readCheckpoint(signal),
})

/** The whole published log, checked entry by entry in this browser. */
function WholeLog() {
  const words = useWords(wholeLogWords)
  const checkpoint = useQuery(checkpointQuery)
  return (
    <Page title={words.title} lead={words.lead}>
      <Loaded query={checkpoint}>
        {(note) =>
          note === null ? (
            <Empty icon={FileClock} title={words.nothing}>
              {words.nothingText}
            </Empty>
          ) : (
            <Check note={note} onRefresh={async () => (await checkpoint.refetch()).data ?? note} />
          )
        }
      </Loaded>
    </Page>
  )
}

type Checked = { verdict: LogVerdict; at: string; isKeyHeld: boolean }

function Check({ note, onRefresh }: { note: string; onRefresh: () => Promise<string> }) {
  const words = useWords(wholeLogWords)
  const [vkey, setVkey] = useState<string>()
  const [kept, setKept] = useState<string>()
  const [progress, setProgress] = useState<{ done: number; all: number }>()
  const running = useRef<AbortController>(undefined)
  const check = useMutation({
    mutationFn: async (): Promise<Checked | null> => {
      const controller = new AbortController()
      running.current = controller
      const { signal } = controller
      try {
        const checkpoint = await onRefresh()
        const onProgress = (done: number, all: number) => setProgress({ done, all })
        const verdict = await checkPublishedLog({ checkpoint, vkey, kept, signal, onProgress })
        return { verdict, at: new Date().toISOString(), isKeyHeld: vkey !== undefined }
      } catch (error) {
        if (signal.aborted) return null
        throw error
      } finally {
        setProgress(undefined)
      }
    },
  })
  return (
    <>
      {check.isError && <Problem error={check.error} onRetry={() => check.mutate()} />}
      {check.data && <LogVerdictBox {...check.data} />}
      {progress && <Progress {...progress} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={check.isPending} onClick={() => check.mutate()}>
          <ShieldCheck aria-hidden className="size-4" />
          {words.start}
        </Button>
        {check.isPending && <Button onClick={() => running.current?.abort()}>{words.stop}</Button>}
        <Button onClick={() => saveFile(`paraph-${new Date().toISOString().slice(0, 10)}.checkpoint`, note)}>
          <Download aria-hidden className="size-4" />
          {words.save}
        </Button>
      </div>
      <KeptCheckpoint onText={setKept} />
      <CheckpointCard note={note} />
      <HowVerified vkey={check.data?.verdict.checkpoint?.vkey} onVkey={setVkey} />
    </>
  )
}

function Progress({ done, all }: { done: number; all: number }) {
  const words = useWords(wholeLogWords)
  const format = useFormat()
  return (
    <div className="flex flex-col gap-1 text-sm">
      <progress aria-label={words.progressLabel} className="w-full accent-accent" value={done} max={all} />
      <p className="text-muted tabular-nums">{words.progress(format.number(done), format.number(all))}</p>
    </div>
  )
}

function LogVerdictBox({ verdict, at, isKeyHeld }: Checked) {
  const words = useWords(wholeLogWords)
  const verdicts = useWords(verdictWords)
  const { state, entries, continues, checkpoint, findings } = verdict
  const tone = { authentic: 'good', false: 'bad', undecided: 'open' } as const
  return (
    <Verdict tone={tone[state]} sentence={state === 'authentic' ? words.authentic(entries) : verdicts[state]}>
      {state === 'false' && (
        <>
          <Findings findings={findings} />
          <p>{verdicts.falseAdvice}</p>
        </>
      )}
      {continues !== undefined && <p>{words.continues(continues)}</p>}
      <p className="max-w-prose text-sm">{words.scope}</p>
      {checkpoint && <CheckedAgainst at={at} checkpoint={checkpoint} isKeyHeld={isKeyHeld} />}
    </Verdict>
  )
}

export const route = createLazyRoute('/signed-in/audit/log')({ component: WholeLog })
