import { useQuery } from '@tanstack/react-query'
import { Check, CircleAlert, Copy } from 'lucide-react'
import { useState } from 'react'
import { announce } from './announce.tsx'
import { RequestFailed } from './request-failed.ts'
import { type Language, useLanguage } from './settings.ts'
import { Button } from './ui/button.tsx'
import { useSharedWords } from './words.ts'

/** The sentence of a failure, with the time to wait when it says one. */
export function useSentence(): (error: unknown) => string {
  const words = useSharedWords()
  const language = useLanguage()
  const { data: sentences = {}, isPending } = useQuery<Readonly<Record<string, string>>>({
    queryKey: ['problems', language],
    queryFn: () => loadSentences(language),
    staleTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  })
  return (error) => {
    const { unreachable, other } = words.problems
    if (!(error instanceof RequestFailed)) return other
    if (error.status === 0) return unreachable
    // They are a moment away; another sentence must not flash by.
    if (isPending) return ''
    const sentence = sentences[error.code] ?? other
    const isOfPace = error.status === 429 && error.retryAfterSeconds
    return isOfPace ? `${sentence} ${words.waitSeconds(error.retryAfterSeconds ?? 0)}` : sentence
  }
}

async function loadSentences(language: Language): Promise<Readonly<Record<string, string>>> {
  const loading = language === 'fr' ? import('./problems.fr.ts') : import('./problems.en.ts')
  return (await loading).sentences
}

type ProblemProps = {
  error: unknown
  onRetry?: (() => void) | undefined
  /** In the place of the sentence for its code, where the screen knows better what to do. */
  sentence?: string | undefined
}

/** What went wrong in a plain sentence, a way on, and the reference that an operator can look up. */
export function Problem({ error, onRetry, sentence }: ProblemProps) {
  const words = useSharedWords()
  const sentenceOf = useSentence()
  const requestId = error instanceof RequestFailed ? error.requestId : undefined
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-bad bg-bad-soft p-4 text-sm">
      <CircleAlert aria-hidden className="mt-px size-5 shrink-0 text-bad" />
      <div className="flex min-w-0 flex-col gap-2">
        <p>{sentence ?? sentenceOf(error)}</p>
        {requestId && (
          <p className="flex flex-wrap items-center gap-x-2 text-muted">
            {words.requestId}
            <code className="break-all text-ink text-xs">{requestId}</code>
            <CopyButton text={requestId} label={words.copyRequestId} done={words.requestIdCopied} />
          </p>
        )}
        {onRetry && (
          <Button size="small" className="self-start" onClick={onRetry}>
            {words.retry}
          </Button>
        )}
      </div>
    </div>
  )
}

function CopyButton({ text, label, done }: { text: string; label: string; done: string }) {
  const [isDone, setDone] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setDone(true)
    announce(done)
  }
  const Icon = isDone ? Check : Copy
  return (
    <Button look="quiet" size="small" className="px-2" aria-label={label} onClick={() => void copy()}>
      <Icon aria-hidden className="size-4" />
    </Button>
  )
}
