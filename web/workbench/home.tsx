import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CheckCheck, Inbox } from 'lucide-react'
import type { CopyView } from '../../src/copies/contract.ts'
import { ask } from '../shared/ask.ts'
import { CopyStatusBadge } from '../shared/copy-status.tsx'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { useAccount } from '../shared/session.ts'
import { buttonClass } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { Table } from '../shared/ui/table.tsx'
import { Tabs } from '../shared/ui/tabs.tsx'
import { countUnsent } from '../shared/unsent.ts'
import { useWords } from '../shared/words.ts'
import { isMarked } from './next-copy.ts'
import { myCopiesQuery } from './sheet-query.ts'
import { workbenchWords } from './words.ts'

const examTitlesQuery = queryOptions({
  queryKey: ['exams'],
  queryFn: async ({ signal }) => (await ask('GET /api/exams', { signal })).exams,
})

/** What this device has not sent yet: asked again each time the list is shown, also without a network. */
const unsentQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['unsent', accountId],
    queryFn: () => countUnsent(accountId),
    networkMode: 'always',
    staleTime: 0,
    gcTime: 0,
  })

/** The home of markers: what waits, and the copy to go on with. */
export function MarkerHome() {
  const words = useWords(workbenchWords)
  const copies = useQuery(myCopiesQuery)
  const waiting = copies.data?.filter((copy) => !isMarked(copy) && copy.status !== 'STAGING') ?? []
  const open = waiting.find(({ status }) => status === 'LOCKED')
  const next = open ?? waiting[0]
  return (
    <Page
      title={words.queue}
      lead={copies.data && words.waiting(waiting.length)}
      actions={
        next && (
          <Link to="/copies/$copyId" params={{ copyId: next.id }} className={buttonClass('primary')}>
            {open ? words.resume : words.start}
          </Link>
        )
      }
    >
      <Loaded query={copies}>
        {(all) => (
          <Tabs
            label={words.lists}
            tabs={[
              {
                key: 'waiting',
                title: words.toMark,
                panel: (
                  <CopyTable copies={waiting} icon={Inbox} none={words.emptyTitle} why={words.emptyText} />
                ),
              },
              {
                key: 'done',
                title: words.marked,
                panel: (
                  <CopyTable
                    copies={all.filter(isMarked)}
                    icon={CheckCheck}
                    none={words.noneMarkedTitle}
                    why={words.noneMarkedText}
                  />
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </Page>
  )
}

function CopyTable(props: { copies: readonly CopyView[]; icon: typeof Inbox; none: string; why: string }) {
  const { columns, toMark, unsent: unsentOf } = useWords(workbenchWords)
  const account = useAccount()
  const unsent = useQuery(unsentQuery(account?.id ?? '')).data
  const titles = new Map(useQuery(examTitlesQuery).data?.map(({ id, title }) => [id, title]))
  if (props.copies.length === 0) {
    return (
      <Empty icon={props.icon} title={props.none}>
        {props.why}
      </Empty>
    )
  }
  return (
    <Table
      caption={toMark}
      rows={props.copies}
      keyOf={({ id }) => id}
      columns={[
        {
          key: 'copy',
          title: columns.copy,
          isName: true,
          cell: ({ id, anonymousId }) => (
            <>
              <Link to="/copies/$copyId" params={{ copyId: id }} className="link font-medium">
                {anonymousId}
              </Link>
              {unsent?.has(id) && (
                <span className="block text-sm text-warn">{unsentOf(unsent.get(id) ?? 0)}</span>
              )}
            </>
          ),
        },
        { key: 'exam', title: columns.exam, cell: ({ examId }) => titles.get(examId) },
        { key: 'pages', title: columns.pages, isNumber: true, cell: ({ pages }) => pages },
        { key: 'status', title: columns.status, cell: ({ status }) => <CopyStatusBadge status={status} /> },
      ]}
    />
  )
}
