import { useFormat } from '../shared/format.ts'
import { useWords } from '../shared/words.ts'
import { Disclosure } from './disclosure.tsx'
import { toHex } from './proof/bytes.ts'
import { Fault } from './proof/fault.ts'
import { type Head, parseHead, parseNote } from './proof/note.ts'
import { verdictWords } from './verdict-words.ts'
import { wholeLogWords } from './whole-log-words.ts'

/** What the last checkpoint says, before anything is checked. */
export function CheckpointCard({ note }: { note: string }) {
  const words = useWords(wholeLogWords)
  const { faults } = useWords(verdictWords)
  const format = useFormat()
  const head = readHead(note)
  return (
    <section aria-label={words.checkpoint} className="flex flex-col gap-3">
      <h2 className="font-semibold text-lg">{words.checkpoint}</h2>
      {head === undefined ? (
        <p className="text-bad text-sm">{faults['checkpoint-malformed']({})}</p>
      ) : (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 text-sm">
          <dt className="text-muted">{words.origin}</dt>
          <dd className="break-all">{head.origin}</dd>
          <dt className="text-muted">{words.size}</dt>
          <dd className="tabular-nums">{format.number(head.size)}</dd>
          <dt className="text-muted">{words.root}</dt>
          <dd>
            <code className="break-all text-xs">{toHex(head.root)}</code>
          </dd>
        </dl>
      )}
      <Disclosure
        summary={words.note}
        className="rounded-lg border border-line bg-surface"
        summaryClassName="min-h-11 px-4 font-medium text-sm"
      >
        <pre className="whitespace-pre-wrap break-all border-line border-t p-4 text-xs leading-5">{note}</pre>
      </Disclosure>
    </section>
  )
}

function readHead(note: string): Head | undefined {
  try {
    return parseHead(parseNote(note).text)
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
