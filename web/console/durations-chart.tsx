import type { DurationsView } from '../../src/operations/contract.ts'
import { useFormat } from '../shared/format.ts'
import { useLanguage } from '../shared/settings.ts'
import { type Column, Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { Bars } from './bars.tsx'
import { Panel } from './panel.tsx'
import { formatSpan } from './span.ts'
import { consoleWords } from './words.ts'

type Row = DurationsView['queues'][number]

/** How long jobs of the last day ran: the bar is the median, its lighter part reaches to 95 % of them. */
export function DurationsPanel({ queues }: DurationsView) {
  const words = useWords(consoleWords)
  const format = useFormat()
  const language = useLanguage()
  const { durationColumns: titles } = words
  const nameOf = (queue: string) => (words.queues as Readonly<Record<string, string>>)[queue] ?? queue
  const span = (key: string, title: string, of: (row: Row) => number): Column<Row> => ({
    ...{ key, title, isNumber: true },
    cell: (row) => formatSpan(of(row), language),
  })
  return (
    <Panel title={words.durations}>
      {queues.length === 0 ? (
        <p className="text-muted text-sm">{words.noDurations}</p>
      ) : (
        <Bars
          title={words.durations}
          bars={queues.map((row) => ({
            key: row.queue,
            label: nameOf(row.queue),
            value: `${formatSpan(row.medianRunSeconds, language)} / ${formatSpan(row.p95RunSeconds, language)}`,
            length: row.medianRunSeconds,
            upTo: row.p95RunSeconds,
          }))}
          table={
            <Table
              caption={words.durations}
              rows={queues}
              keyOf={({ queue }) => queue}
              columns={[
                { key: 'queue', title: titles.queue, isName: true, cell: ({ queue }) => nameOf(queue) },
                { key: 'jobs', title: titles.jobs, isNumber: true, cell: ({ jobs }) => format.number(jobs) },
                span('median', titles.medianRun, (row) => row.medianRunSeconds),
                span('p95', titles.p95Run, (row) => row.p95RunSeconds),
                span('median-wait', titles.medianWait, (row) => row.medianWaitSeconds),
                span('p95-wait', titles.p95Wait, (row) => row.p95WaitSeconds),
              ]}
            />
          }
        />
      )}
    </Panel>
  )
}
