import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'

type DisclosureProps = {
  summary: ReactNode
  children: ReactNode
  /** Opened from the beginning, such as what is wrong. */
  isOpen?: boolean
  className?: string
  summaryClassName?: string
}

/** Something that opens in its place; a chevron says so, and whether it is open. */
export function Disclosure(props: DisclosureProps) {
  const { summary, children, isOpen = false, className = '', summaryClassName = '' } = props
  return (
    <details open={isOpen} className={className}>
      <summary
        className={`flex cursor-pointer list-none items-center gap-2 [&::-webkit-details-marker]:hidden ${summaryClassName}`}
      >
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-muted motion-safe:transition-transform [details[open]>summary>&]:rotate-90"
        />
        {summary}
      </summary>
      {children}
    </details>
  )
}
