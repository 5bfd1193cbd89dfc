import type { ReactNode } from 'react'

type SectionProps = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }

/** A part of a screen under its own heading. No landmark: the tables in it are, and a screen needs few. */
export function Section({ title, lead, actions, children }: SectionProps) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-col">
          <h2 className="font-semibold text-lg">{title}</h2>
          {lead && <p className="max-w-prose text-muted text-sm">{lead}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  )
}
