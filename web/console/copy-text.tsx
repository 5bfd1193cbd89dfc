import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../shared/announce.tsx'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { auditWords } from './audit-words.ts'

/** An id in full, to be read and copied. */
export function CopyText({ text, label }: { text: string; label: string }) {
  const words = useWords(auditWords)
  const [isDone, setDone] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setDone(true)
    announce(words.copied)
  }
  const Icon = isDone ? Check : Copy
  return (
    <span className="inline-flex items-center gap-1">
      <code className="break-all text-xs">{text}</code>
      <Button
        look="quiet"
        size="small"
        className="px-2"
        aria-label={words.copyText(label)}
        onClick={() => void copy()}
      >
        <Icon aria-hidden className="size-4" />
      </Button>
    </span>
  )
}
