import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

type EmptyProps = { icon: LucideIcon; title: string; children: ReactNode; action?: ReactNode }

/** Nothing here: says why, and what comes next. */
export function Empty({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-xl border border-line border-dashed px-6 py-12 text-center">
      <Icon aria-hidden className="mb-2 size-8 text-muted" strokeWidth={1.5} />
      <p className="font-medium text-base">{title}</p>
      <p className="max-w-prose text-muted text-sm">{children}</p>
      {action && <div className="mt-4">{action}</div>}
    </div>
  )
}
