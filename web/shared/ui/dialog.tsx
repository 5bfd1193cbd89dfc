import { X } from 'lucide-react'
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { useSharedWords } from '../words.ts'
import { Button } from './button.tsx'

type DialogProps = {
  title: string
  isOpen: boolean
  onClose: () => void
  children: ReactNode
  /** The row of buttons at its foot. */
  actions?: ReactNode
  /** What is under it stays in sight. */
  isBeside?: boolean
}

/**
 * A native modal dialog: the browser keeps the focus in it, gives it back, and closes it with Escape. The focus begins on
 * what has `data-first`, otherwise on the button that closes it.
 */
export function Dialog({ title, isOpen, onClose, children, actions, isBeside }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  const words = useSharedWords()
  // At once: whoever chooses the field that has the focus must find it open, also when drawn again before the next frame.
  useLayoutEffect(() => {
    const dialog = element.current
    if (isOpen && !dialog?.open) {
      dialog?.showModal()
      dialog?.querySelector<HTMLElement>('[data-first]')?.focus()
    }
    if (!isOpen && dialog?.open) dialog.close()
  }, [isOpen])
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onClose={onClose}
      className={`w-full max-w-lg rounded-xl border border-line bg-surface p-0 text-ink shadow-float ${isBeside ? 'me-4 mb-20 backdrop:bg-transparent' : 'm-auto backdrop:backdrop-blur-sm'}`}
    >
      <div className="flex items-start justify-between gap-4 px-6 pt-6">
        <h2 id={id} className="font-semibold text-lg">
          {title}
        </h2>
        <Button look="quiet" size="icon" aria-label={words.close} onClick={onClose} className="-me-2 -mt-2">
          <X aria-hidden className="size-5" />
        </Button>
      </div>
      <div className="px-6 pt-2 pb-6">{children}</div>
      {actions && (
        <div className="flex flex-wrap justify-end gap-2 border-line border-t px-6 py-4">{actions}</div>
      )}
    </dialog>
  )
}
