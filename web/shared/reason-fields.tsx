import { Field } from './ui/field.tsx'
import { Select } from './ui/select.tsx'
import { useSharedWords } from './words.ts'

const LONGEST_NOTE = 2_000

export type Why<R extends string> = { readonly reason: R | undefined; readonly note: string }

export const NO_REASON: Why<never> = { reason: undefined, note: '' }

type ReasonFieldsProps<R extends string> = {
  /** What can be chosen, with the words for each. */
  reasons: Readonly<Record<R, string>>
  why: Why<R>
  onWhy: (why: Why<R>) => void
  /** Where the log may keep no words, none are asked for. */
  hasNote?: boolean
}

/** Why something is done: a reason of a closed list, and what one would add to it. */
export function ReasonFields<R extends string>(props: ReasonFieldsProps<R>) {
  const { reasons, why, onWhy, hasNote = true } = props
  const words = useSharedWords().why
  const known = Object.keys(reasons) as R[]
  return (
    <>
      <Select
        label={words.reason}
        value={why.reason ?? ''}
        onChange={({ target }) => onWhy({ ...why, reason: known.find((one) => one === target.value) })}
      >
        <option value="">{words.choose}</option>
        {known.map((one) => (
          <option key={one} value={one}>
            {reasons[one]}
          </option>
        ))}
      </Select>
      {hasNote && (
        <Field
          label={words.note}
          hint={words.noteHint}
          maxLength={LONGEST_NOTE}
          value={why.note}
          onChange={({ target }) => onWhy({ ...why, note: target.value })}
        />
      )}
    </>
  )
}

/** As the API takes it; undefined while no reason is given. */
export function bodyOf<R extends string>({ reason, note }: Why<R>): { reason: R; note?: string } | undefined {
  if (reason === undefined) return undefined
  return note.trim() === '' ? { reason } : { reason, note: note.trim() }
}
