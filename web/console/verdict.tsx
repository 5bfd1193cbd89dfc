import { CircleCheck, CircleHelp, CircleX, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useFormat } from '../shared/format.ts'
import { useWords } from '../shared/words.ts'
import type { Finding } from './proof/fault.ts'
import type { OpenedCheckpoint } from './proof/signatures.ts'
import { verdictWords } from './verdict-words.ts'

export type Tone = 'good' | 'bad' | 'open'

const LOOKS: Readonly<
  Record<Tone, { readonly icon: LucideIcon; readonly box: string; readonly mark: string }>
> = {
  good: { icon: CircleCheck, box: 'border-good bg-good-soft', mark: 'text-good' },
  bad: { icon: CircleX, box: 'border-bad bg-bad-soft', mark: 'text-bad' },
  open: { icon: CircleHelp, box: 'border-warn bg-warn-soft', mark: 'text-warn' },
}

/** The verdict of a check in one sentence, what it rests on, and what to do. */
export function Verdict(props: { tone: Tone; sentence: string; children?: ReactNode; actions?: ReactNode }) {
  const { tone, sentence, children, actions } = props
  const words = useWords(verdictWords)
  const { icon: Icon, box, mark } = LOOKS[tone]
  return (
    <section
      aria-label={words.label}
      className={`flex flex-col gap-4 rounded-xl border p-5 ${box}`}
      data-verdict={tone}
    >
      <div className="flex gap-3">
        <Icon aria-hidden className={`mt-0.5 size-6 shrink-0 ${mark}`} />
        <div className="flex min-w-0 flex-col gap-1">
          <p className="font-semibold text-lg leading-7">{sentence}</p>
          {children}
        </div>
      </div>
      {actions && <div className="flex flex-wrap gap-2 sm:ps-9">{actions}</div>}
    </section>
  )
}

const NAMED = 5

/** What was found to be false, the first of it by name. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const words = useWords(verdictWords)
  const rest = findings.length - NAMED
  return (
    <ul className="flex flex-col gap-1">
      {findings.slice(0, NAMED).map((finding) => (
        <li key={JSON.stringify(finding)}>{words.faults[finding.code](finding)}</li>
      ))}
      {rest > 0 && <li>{words.andMore(rest)}</li>}
    </ul>
  )
}

/** When, against which signed checkpoint and with whose key a check was made. */
export function CheckedAgainst(props: { at: string; checkpoint: OpenedCheckpoint; isKeyHeld: boolean }) {
  const { at, checkpoint, isKeyHeld } = props
  const words = useWords(verdictWords)
  const format = useFormat()
  const { head, cosignatures } = checkpoint
  return (
    <div className="flex flex-col gap-1 text-sm">
      <p>{words.checkedAt(format.instant(at), format.number(head.size), head.origin)}</p>
      {cosignatures.map((line) => (
        <p key={line.witness}>{words.cosigned(line.witness, format.instant(line.at))}</p>
      ))}
      <p>{isKeyHeld ? words.keyHeld : words.keyOfServer}</p>
    </div>
  )
}
