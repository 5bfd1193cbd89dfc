import { FileUp } from 'lucide-react'
import { type DragEvent, useId, useRef, useState } from 'react'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { uploadWords } from './upload-words.ts'

/** Takes PDF files: dropped on it, or chosen by its button. */
export function DropZone({ isDisabled, onFiles }: { isDisabled: boolean; onFiles: (files: File[]) => void }) {
  const words = useWords(uploadWords)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    if (!isDisabled) onFiles([...event.dataTransfer.files])
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same without dragging
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`flex flex-col items-center gap-3 rounded-xl border-2 border-dashed px-6 py-8 text-center ${isOver ? 'border-accent bg-accent-soft' : 'border-edge'}`}
    >
      <FileUp aria-hidden className="size-8 text-muted" strokeWidth={1.5} />
      <p id={id} className="max-w-prose text-muted text-sm">
        {words.dropHere}
      </p>
      <input
        ref={input}
        type="file"
        accept="application/pdf,.pdf"
        multiple
        hidden
        tabIndex={-1}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
      <Button
        look="primary"
        disabled={isDisabled}
        aria-describedby={id}
        onClick={() => input.current?.click()}
      >
        {words.chooseFiles}
      </Button>
    </div>
  )
}
