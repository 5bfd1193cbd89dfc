import { Maximize2, Minimize2, Pencil, Trash2 } from 'lucide-react'
import { Button } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'
import type { Mark } from './mark.ts'

type MarkListProps = {
  marks: readonly Mark[]
  selectedId: string | undefined
  canEdit: boolean
  onSelect: (mark: Mark) => void
  onEdit: (mark: Mark) => void
  onResize: (mark: Mark, by: 1 | -1) => void
  onRemove: (mark: Mark) => void
}

/** Every annotation of the copy in words, with what can be done to it: nothing needs a drag. */
export function MarkList({ marks, selectedId, canEdit, ...on }: MarkListProps) {
  const words = useDeskWords()
  return (
    <details open className="px-2">
      <summary className="min-h-8 cursor-pointer font-medium text-sm">{words.marks(marks.length)}</summary>
      {marks.length === 0 && <p className="py-2 text-muted text-sm">{words.noMarks}</p>}
      <ul className="flex flex-col gap-1 py-1">
        {marks.map((mark) => {
          const name = words.markName(words.kinds[mark.kind], mark.pageNumber, mark.text)
          const isSelected = mark.id === selectedId
          return (
            <li key={mark.id} className={`rounded-md ${isSelected ? 'bg-accent-soft' : ''}`}>
              <button
                type="button"
                aria-pressed={isSelected}
                onClick={() => on.onSelect(mark)}
                className="line-clamp-2 min-h-8 w-full cursor-pointer rounded-md px-2 py-1 text-start text-sm hover:bg-sunken"
              >
                {name}
              </button>
              {isSelected && canEdit && (
                <span className="flex gap-1 px-1 pb-1">
                  {mark.text !== null && (
                    <Act icon={Pencil} name={words.editText} act={() => on.onEdit(mark)} />
                  )}
                  {mark.kind !== 'comment' && mark.kind !== 'text' && (
                    <>
                      <Act icon={Minimize2} name={words.smaller} act={() => on.onResize(mark, -1)} />
                      <Act icon={Maximize2} name={words.larger} act={() => on.onResize(mark, 1)} />
                    </>
                  )}
                  <Act icon={Trash2} name={words.remove} act={() => on.onRemove(mark)} />
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </details>
  )
}

function Act({ icon: Icon, name, act }: { icon: typeof Trash2; name: string; act: () => void }) {
  return (
    <Button look="quiet" size="small" className="px-2" aria-label={name} title={name} onClick={act}>
      <Icon aria-hidden className="size-4" />
    </Button>
  )
}
