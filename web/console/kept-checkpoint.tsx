import { FileUp } from 'lucide-react'
import { useState } from 'react'
import { buttonClass } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { wholeLogWords } from './whole-log-words.ts'

/** Takes the file of a checkpoint of another day. It is read here and sent nowhere. */
export function KeptCheckpoint({ onText }: { onText: (text: string | undefined) => void }) {
  const words = useWords(wholeLogWords)
  const [name, setName] = useState('')
  const take = async (file: File | undefined) => {
    setName(file?.name ?? '')
    onText(await file?.text())
  }
  return (
    <div className="flex flex-col items-start gap-1">
      <label
        className={`${buttonClass()} relative has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2`}
      >
        <FileUp aria-hidden className="size-4" />
        {words.kept}
        <input
          type="file"
          className="absolute inset-0 cursor-pointer opacity-0"
          onChange={(event) => void take(event.target.files?.[0])}
        />
      </label>
      <p className="break-all text-muted text-sm">{name === '' ? words.keptHint : name}</p>
    </div>
  )
}
