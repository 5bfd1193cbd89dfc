import { useFormat } from '../shared/format.ts'
import { Choice } from '../shared/ui/choice.tsx'
import { Field } from '../shared/ui/field.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useWords } from '../shared/words.ts'
import { newExamWords } from './new-exam-words.ts'
import {
  type DraftFault,
  type DraftItem,
  findFaults,
  parsePoints,
  STEPS,
  type Step,
  totalOf,
} from './rubric-draft.ts'
import { RubricEditor } from './rubric-editor.tsx'

/** A rubric while somebody writes it, with the total that was announced and the step of its scores. */
export type RubricDraft = {
  readonly items: readonly DraftItem[]
  /** Undefined while the lines keep steps of their own that differ. */
  readonly step: Step | undefined
  /** As it was typed; empty when none was announced. */
  readonly expected: string
}

/** Whether a draft can be sent: no line has a fault, and it adds up to what was announced. */
export function isSound({ items, step, expected }: RubricDraft): boolean {
  return findFaults(items, step).size === 0 && !isTotalWrong({ items, expected })
}

function isTotalWrong({ items, expected }: Pick<RubricDraft, 'items' | 'expected'>): boolean {
  return expected.trim() !== '' && parsePoints(expected) !== totalOf(items)
}

const NO_FAULTS = new Map<string, DraftFault>()

type FieldsProps = {
  draft: RubricDraft
  /** Whether what is wrong is to be said. */
  isChecked: boolean
  onChange: (draft: RubricDraft) => void
}

/** The lines of a rubric, their total while one types, and their step. */
export function RubricFields({ draft, isChecked, onChange }: FieldsProps) {
  const words = useWords(newExamWords)
  const format = useFormat()
  const { items, step, expected } = draft
  const total = totalOf(items)
  const setStep = (value: string) => {
    const chosen = STEPS.find((known) => String(known) === value) ?? 0.5
    onChange({ ...draft, step: chosen, items: items.map(withoutStep) })
  }
  return (
    <Section title={words.rubric} lead={words.rubricLead}>
      <RubricEditor
        items={items}
        faults={isChecked ? findFaults(items, step) : NO_FAULTS}
        onChange={(changed) => onChange({ ...draft, items: changed })}
      />
      <div className="flex flex-wrap items-start gap-x-8 gap-y-4 rounded-lg bg-sunken p-4">
        <p role="status" className="flex flex-col text-sm">
          <span className="text-muted">{words.total}</span>
          <strong className="font-semibold text-xl tabular-nums">
            {words.points(format.points(total), total)}
          </strong>
        </p>
        <Field
          label={words.expected}
          hint={words.expectedHint}
          inputMode="decimal"
          autoComplete="off"
          value={expected}
          onChange={(event) => onChange({ ...draft, expected: event.target.value })}
          error={
            isChecked && isTotalWrong(draft) ? words.totalWrong(format.points(total), expected) : undefined
          }
          className="max-w-60"
        />
        <Choice
          legend={words.step}
          value={String(step)}
          options={STEPS.map((value) => ({ value: String(value), label: format.points(value) }))}
          onChange={setStep}
          {...(step === undefined ? { hint: words.ownSteps } : {})}
        />
      </div>
    </Section>
  )
}

/** A step that is chosen for the rubric is that of every line. */
function withoutStep({ step: _own, parts, ...item }: DraftItem): DraftItem {
  return { ...item, parts: parts.map(withoutStep) }
}
