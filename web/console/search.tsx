import { useQuery } from '@tanstack/react-query'
import { createLazyRoute, getRouteApi } from '@tanstack/react-router'
import { ScanSearch, SearchX } from 'lucide-react'
import type { CopyStatus } from '../../src/copies/contract.ts'
import type { SearchView, TraceView } from '../../src/operations/contract.ts'
import { ask } from '../shared/ask.ts'
import { CopyStatusBadge } from '../shared/copy-status.tsx'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Badge } from '../shared/ui/badge.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { useWords } from '../shared/words.ts'
import { IdLink } from './facts.tsx'
import { SearchForm } from './search-form.tsx'
import { searchWords } from './search-words.ts'
import { Story } from './story.tsx'

const useSearched = () => getRouteApi('/signed-in/console/search').useSearch()

const KNOWN = /^[A-Za-z0-9._-]{1,64}$/
const OF_A_REQUEST = /^[A-Za-z0-9._-]{8,64}$/

/** Any id to what it is, and to its story. */
function Search() {
  const words = useWords(searchWords)
  const { id = '' } = useSearched()
  return (
    <Page title={words.title}>
      <SearchForm key={id} initial={id} />
      {id === '' ? (
        <Empty icon={ScanSearch} title={words.start}>
          {words.startText}
        </Empty>
      ) : KNOWN.test(id) ? (
        <Answer id={id} />
      ) : (
        <Empty icon={SearchX} title={words.nothing}>
          {words.malformed}
        </Empty>
      )}
    </Page>
  )
}

type Answered = { found: SearchView; trace: TraceView | undefined }

function Answer({ id }: { id: string }) {
  const answer = useQuery({
    queryKey: ['operations', 'search', id],
    queryFn: async ({ signal }): Promise<Answered> => {
      const [found, trace] = await Promise.all([
        ask('GET /api/operations/search', { query: { id }, signal }),
        OF_A_REQUEST.test(id)
          ? ask('GET /api/operations/trace', { query: { request: id }, signal })
          : undefined,
      ])
      return { found, trace }
    },
  })
  return <Loaded query={answer}>{(answered) => <Told {...answered} />}</Loaded>
}

function Told({ found: { found, story }, trace }: Answered) {
  const words = useWords(searchWords)
  const things = found.filter(({ kind }) => kind !== 'request')
  const isRequest = trace !== undefined && trace.entries.length > 0
  if (things.length === 0 && !isRequest) {
    return (
      <Empty icon={SearchX} title={words.nothing}>
        {words.nothingText}
      </Empty>
    )
  }
  return (
    <>
      {things.length > 0 && (
        <ul aria-label={words.found} className="flex flex-col gap-3">
          {things.map((thing) => (
            <Thing key={`${thing.kind} ${thing.id}`} thing={thing} />
          ))}
        </ul>
      )}
      {isRequest && (
        <>
          <Story title={words.storyOf} entries={trace.entries} />
          <LogsRead logs={trace.logs} />
        </>
      )}
      {!isRequest && story.length > 0 && <Story title={words.lastEvents} entries={story} />}
    </>
  )
}

function Thing({ thing }: { thing: SearchView['found'][number] }) {
  const words = useWords(searchWords)
  const { kind, id, status, requestId } = thing
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-lg border border-line bg-surface px-4 py-3 text-sm">
      <span className="font-medium">{words.kinds[kind]}</span>
      <code className="break-all text-xs">{id}</code>
      {status && (isCopyStatus(kind, status) ? <CopyStatusBadge status={status} /> : <Badge>{status}</Badge>)}
      {requestId && (
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="text-muted">{words.openRequest}</span>
          <IdLink id={requestId} />
        </span>
      )}
    </li>
  )
}

function isCopyStatus(kind: string, status: string): status is CopyStatus {
  return kind === 'copy' && status !== ''
}

function LogsRead({ logs }: Pick<TraceView, 'logs'>) {
  const words = useWords(searchWords)
  const format = useFormat()
  const sentence = {
    read: words.logsRead(logs.files, logs.since ? format.instant(logs.since) : '–'),
    absent: words.logsAbsent,
    unreadable: words.logsUnreadable,
  }[logs.state]
  return <p className="text-muted text-sm">{sentence}</p>
}

export const route = createLazyRoute('/signed-in/console/search')({ component: Search })
