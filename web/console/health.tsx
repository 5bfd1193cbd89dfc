import { useQuery } from '@tanstack/react-query'
import type { ReadinessView } from '../../src/operations/contract.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Badge } from '../shared/ui/badge.tsx'
import { Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { healthQuery, held } from './console-queries.ts'
import { consoleWords } from './words.ts'

/** What each process says of itself, with the names of the checks that fail. */
export function HealthTable({ isLive = true }: { isLive?: boolean }) {
  const words = useWords(consoleWords)
  const health = useQuery(held(healthQuery, isLive))
  const failingOf = (view: ReadinessView | null) =>
    Object.entries(view?.checks ?? {})
      .filter(([, state]) => state === 'failing')
      .map(([name]) => name)
      .join(', ')
  return (
    <Loaded query={health} lines={2}>
      {({ api, worker }) => (
        <Table
          caption={words.processes}
          rows={[
            { name: 'api' as const, view: api },
            { name: 'worker' as const, view: worker },
          ]}
          keyOf={({ name }) => name}
          columns={[
            {
              key: 'name',
              title: words.columns.process,
              isName: true,
              cell: ({ name }) => words.names[name],
            },
            {
              key: 'state',
              title: words.columns.state,
              cell: ({ view }) => (
                <Badge tone={view?.status === 'ok' ? 'good' : 'bad'}>
                  {words.states[view?.status ?? 'silent']}
                </Badge>
              ),
            },
            {
              key: 'failing',
              title: words.columns.failing,
              cell: ({ view }) => failingOf(view) || <span className="text-muted">{words.noFailing}</span>,
            },
          ]}
        />
      )}
    </Loaded>
  )
}
