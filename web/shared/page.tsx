import { type ReactNode, useEffect, useRef } from 'react'
import { useSharedWords } from './words.ts'

type PageProps = {
  /** The heading, and the title of the window. */
  title: string
  lead?: ReactNode
  /** Beside the heading. */
  actions?: ReactNode
  /** As wide as the window; else a column that reads well. */
  isWide?: boolean
  children: ReactNode
}

/**
 * The content of one screen: names the window, and puts the focus on the heading when it was reached from another
 * screen, so that a screen reader begins there.
 */
export function Page({ title, lead, actions, isWide = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  usePageTitle(title)
  useEffect(() => {
    if (hasShownOne) heading.current?.focus()
    hasShownOne = true
  }, [])
  return (
    <div className={`mx-auto flex w-full flex-col gap-6 px-4 py-8 sm:px-6 ${isWide ? '' : 'max-w-5xl'}`}>
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="flex min-w-0 flex-col gap-1">
          <h1 ref={heading} tabIndex={-1} className="break-words font-semibold text-2xl tracking-tight">
            {title}
          </h1>
          {lead && <p className="max-w-prose text-base text-muted">{lead}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

/** The heading of the page that the browser opened itself is not focused: the reader begins at the top. */
let hasShownOne = false

/** For screens with a frame of their own. */
export function usePageTitle(title: string): void {
  const { product } = useSharedWords()
  useEffect(() => {
    document.title = `${title} – ${product}`
  }, [title, product])
}
