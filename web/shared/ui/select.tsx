import { type ReactNode, type SelectHTMLAttributes, useId } from 'react'

type SelectProps = Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'> & {
  label: string
  /** The label is there for screen readers only, where the place says it. */
  isLabelHidden?: boolean
  children: ReactNode
}

/** A labelled native list to choose from. */
export function Select({ label, isLabelHidden = false, children, className = '', ...select }: SelectProps) {
  const id = useId()
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'font-medium text-sm'}>
        {label}
      </label>
      <select
        id={id}
        className="min-h-10 w-full min-w-0 rounded-md border border-edge bg-surface px-3 text-base text-ink"
        {...select}
      >
        {children}
      </select>
    </div>
  )
}
