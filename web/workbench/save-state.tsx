import { Check, CloudOff, RefreshCw, TriangleAlert } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { announce } from '../shared/announce.tsx'
import { useLanguage } from '../shared/settings.ts'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'

const LOOKS = {
  saved: { icon: Check, colour: 'text-good' },
  saving: { icon: RefreshCw, colour: 'text-muted' },
  offline: { icon: CloudOff, colour: 'text-warn' },
  failed: { icon: TriangleAlert, colour: 'text-bad' },
} as const

/** What became of the last changes; a change of that state is announced, not each saving. */
export function SaveState({ state, onRetry }: { state: DeskState; onRetry: () => void }) {
  const words = useDeskWords()
  const language = useLanguage()
  const { saving, savedAt, pending } = state
  const time =
    savedAt && new Date(savedAt).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })
  const sentence = {
    saved: time ? words.saving.savedAt(time) : words.saving.saved,
    saving: words.saving.saving,
    offline: pending.length > 0 ? words.saving.offline(pending.length) : words.saving.isOffline,
    failed: words.saving.failed,
  }[saving]
  const isTrouble = saving === 'offline' || saving === 'failed'
  const wasTrouble = useRef(false)
  useEffect(() => {
    if (isTrouble !== wasTrouble.current && (isTrouble || saving === 'saved')) {
      announce(sentence)
      wasTrouble.current = isTrouble
    }
  }, [isTrouble, saving, sentence])
  const { icon: Icon, colour } = LOOKS[saving]
  return (
    <span data-saving={saving} className={`inline-flex items-center gap-1.5 text-sm ${colour}`}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {sentence}
      {isTrouble && (
        <button
          type="button"
          onClick={onRetry}
          className="min-h-6 cursor-pointer rounded px-1 underline underline-offset-4"
        >
          {words.retry}
        </button>
      )}
    </span>
  )
}
