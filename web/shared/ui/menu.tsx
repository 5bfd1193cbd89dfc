import { type ButtonHTMLAttributes, type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'

type MenuProps = {
  label: string
  trigger: ReactNode
  children: ReactNode
  /** Further attributes of the button. */
  button?: ButtonHTMLAttributes<HTMLButtonElement> & { readonly [data: `data-${string}`]: string }
}

/**
 * A button that opens a short list of links and buttons. The browser's popover closes it with Escape or a click
 * elsewhere and gives the focus back; a press in the list closes it too. Arrows walk, Tab leaves. What is in the list is
 * made when it opens: a screen may have hundreds of them.
 */
export function Menu({ label, trigger, children, button }: MenuProps) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const items = [...(list.current?.querySelectorAll<HTMLElement>('a, button') ?? [])]
    if (!step || items.length === 0) return
    event.preventDefault()
    const at = items.indexOf(document.activeElement as HTMLElement)
    items[(at + step + items.length) % items.length]?.focus()
  }
  return (
    <>
      <button
        ref={opener}
        type="button"
        popoverTarget={id}
        aria-label={label}
        className="inline-flex min-h-10 cursor-pointer items-center gap-2 rounded-md border border-transparent px-3 text-sm hover:bg-sunken"
        {...button}
      >
        {trigger}
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what is pressed are the links and buttons in it */}
      <div
        ref={list}
        id={id}
        popover="auto"
        onKeyDown={walk}
        onClick={() => list.current?.hidePopover()}
        onBeforeToggle={(event) => event.newState === 'open' && flushSync(() => setOpen(true))}
        onToggle={(event) => {
          // Only now: the browser has given the focus back from an item that is still there.
          if (event.newState === 'closed') return setOpen(false)
          if (!list.current || !opener.current) return
          placeBeside(list.current, opener.current)
          list.current.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true })
        }}
        className="inset-auto m-0 max-h-dvh max-w-dvw overflow-y-auto min-w-56 rounded-lg border border-line bg-surface p-1 text-ink shadow-float"
      >
        {isOpen && <div className="flex flex-col">{children}</div>}
      </div>
    </>
  )
}

const GAP_PX = 4

/** Below its button, or above it where there is no room; its end at the button's, and all of it in the window. */
function placeBeside(list: HTMLElement, opener: HTMLElement): void {
  const { clientWidth, clientHeight } = document.documentElement
  const button = opener.getBoundingClientRect()
  const [below, above] = [button.bottom + GAP_PX, button.top - GAP_PX - list.offsetHeight]
  const top = below + list.offsetHeight <= clientHeight ? below : Math.max(above, 0)
  const left = Math.min(Math.max(button.right - list.offsetWidth, 0), clientWidth - list.offsetWidth)
  list.style.top = `${top}px`
  list.style.left = `${Math.max(left, 0)}px`
  // It would stay where its button was.
  window.addEventListener('scroll', () => list.hidePopover(), { once: true })
}

/** The classes of a link or a button in a menu. */
export const MENU_ITEM =
  'flex min-h-10 w-full cursor-pointer items-center gap-3 rounded-md px-3 text-start text-sm hover:bg-sunken'
