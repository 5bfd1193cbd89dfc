import { useId } from 'react'

type ChoiceProps<T extends string> = {
  legend: string
  hint?: string
  value: T
  options: readonly { readonly value: T; readonly label: string; readonly lang?: string }[]
  onChange: (value: T) => void
}

/** One of a few, all in sight: radio buttons that look like a row of keys. */
export function Choice<T extends string>({ legend, hint, value, options, onChange }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset className="flex flex-col gap-2" aria-describedby={hint ? `${name}-hint` : undefined}>
      <legend className="mb-2 font-medium text-sm">{legend}</legend>
      <div className="flex w-fit max-w-full flex-wrap gap-1 rounded-lg border border-line bg-sunken p-1">
        {options.map((option) => (
          <label
            key={option.value}
            lang={option.lang}
            className="relative flex min-h-8 cursor-pointer items-center rounded-md border border-transparent px-3 text-sm has-checked:border-line has-checked:bg-surface has-checked:font-medium has-checked:shadow-card has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2 forced-colors:has-checked:border-[Highlight]"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="absolute inset-0 cursor-pointer appearance-none opacity-0"
            />
            {option.label}
          </label>
        ))}
      </div>
      {hint && (
        <p id={`${name}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      )}
    </fieldset>
  )
}
