import type { StoryEntry, TraceView } from '../../src/operations/contract.ts'
import { useFormat } from '../shared/format.ts'
import { useLanguage } from '../shared/settings.ts'
import { Badge, type Tone } from '../shared/ui/badge.tsx'
import { Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { Disclosure } from './disclosure.tsx'
import { IdLink } from './facts.tsx'
import { searchWords } from './search-words.ts'
import { formatSpan } from './span.ts'

type Traced = TraceView['entries'][number]
type Entry = StoryEntry & Partial<Pick<Traced, 'level' | 'durationMs' | 'fields'>>

const TONES: Readonly<Record<StoryEntry['kind'], Tone>> = {
  request: 'accent',
  attempt: 'accent',
  event: 'good',
  failure: 'bad',
  note: 'neutral',
  waiting: 'warn',
}

/** A story in the order of time: log lines, events and jobs, each by its ids. */
export function Story({ title, entries }: { title: string; entries: readonly Entry[] }) {
  const words = useWords(searchWords)
  const format = useFormat()
  const language = useLanguage()
  const numbered = entries.map((entry, at) => ({ ...entry, at: entry.at, key: `${at} ${entry.at}` }))
  // Of a request, it is the same in each line.
  const isTraced = entries.some(({ fields }) => fields !== undefined)
  return (
    <div className="flex flex-col gap-3">
      <h2 className="font-semibold text-lg">{title}</h2>
      <Table
        caption={title}
        rows={numbered}
        keyOf={({ key }) => key}
        columns={[
          {
            key: 'at',
            title: words.columns.at,
            cell: ({ at }) => <span className="whitespace-nowrap tabular-nums">{format.instant(at)}</span>,
          },
          {
            key: 'kind',
            title: words.columns.kind,
            cell: ({ kind, level }) => (
              <Badge tone={level === 'ERROR' || level === 'CRITICAL' ? 'bad' : TONES[kind]}>
                {words.storyKinds[kind]}
              </Badge>
            ),
          },
          {
            key: 'what',
            title: words.columns.what,
            isName: true,
            cell: ({ what, fields }) => <What what={what} fields={fields} />,
          },
          {
            key: 'outcome',
            title: words.columns.outcome,
            cell: ({ outcome }) => <span className="break-words">{outcome ?? '–'}</span>,
          },
          ...(isTraced
            ? [
                {
                  key: 'took',
                  title: words.columns.took,
                  isNumber: true,
                  cell: ({ durationMs }: Entry) =>
                    durationMs == null ? '–' : formatSpan(durationMs / 1_000, language),
                },
              ]
            : []),
          {
            key: 'about',
            title: words.columns.about,
            cell: ({ about }) => (
              <span className="flex flex-col">
                {about.map(({ id }) => (
                  <IdLink key={id} id={id} isShort />
                ))}
              </span>
            ),
          },
          ...(isTraced
            ? []
            : [
                {
                  key: 'request',
                  title: words.columns.request,
                  cell: ({ requestId }: Entry) => requestId && <IdLink id={requestId} isShort />,
                },
              ]),
        ]}
      />
    </div>
  )
}

function What({ what, fields = {} }: { what: string; fields?: Traced['fields'] | undefined }) {
  const words = useWords(searchWords)
  const members = Object.entries(fields)
  if (members.length === 0) return <code className="text-xs">{what}</code>
  return (
    <Disclosure
      summaryClassName="relative min-h-6"
      summary={
        <>
          <code className="text-xs">{what}</code>
          <span className="sr-only">{words.details}</span>
        </>
      }
    >
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 py-2 font-normal">
        {members.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">
              <code className="text-xs">{name}</code>
            </dt>
            <dd className="break-all">
              <code className="text-xs">{Array.isArray(value) ? value.join('\n') : String(value)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </Disclosure>
  )
}
