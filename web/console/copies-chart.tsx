import type { CopyStatus } from '../../src/copies/contract.ts'
import type { BacklogView } from '../../src/operations/contract.ts'
import { useFormat } from '../shared/format.ts'
import { useLanguage } from '../shared/settings.ts'
import { Table } from '../shared/ui/table.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { Bars } from './bars.tsx'
import { Panel } from './panel.tsx'
import { formatSpan } from './span.ts'
import { consoleWords } from './words.ts'

/** In the order in which a copy goes through them. */
const ORDER: readonly CopyStatus[] = [
  'STAGING',
  'READY',
  'LOCKED',
  'GRADING_IN_PROGRESS',
  'GRADED',
  'GRADING_FAILED',
]

export function CopiesPanel({ copies }: { copies: BacklogView['copies'] }) {
  const words = useWords(consoleWords)
  const { copyStatus } = useSharedWords()
  const format = useFormat()
  const language = useLanguage()
  const rows = ORDER.map((status) => copies.find((one) => one.status === status)).filter(
    (row) => row !== undefined,
  )
  const nameOf = (status: string) => copyStatus[status as CopyStatus] ?? status
  return (
    <Panel title={words.copies}>
      {rows.length === 0 ? (
        <p className="text-muted text-sm">{words.noCopies}</p>
      ) : (
        <Bars
          title={words.copies}
          bars={rows.map((row) => ({
            ...{ key: row.status, label: nameOf(row.status) },
            ...{ value: format.number(row.copies), length: row.copies },
          }))}
          table={
            <Table
              caption={words.copies}
              rows={rows}
              keyOf={({ status }) => status}
              columns={[
                {
                  key: 'status',
                  title: words.copiesColumns.status,
                  isName: true,
                  cell: ({ status }) => nameOf(status),
                },
                {
                  key: 'copies',
                  title: words.copiesColumns.copies,
                  isNumber: true,
                  cell: (row) => format.number(row.copies),
                },
                {
                  key: 'oldest',
                  title: words.copiesColumns.oldest,
                  isNumber: true,
                  cell: ({ oldestSeconds }) => formatSpan(oldestSeconds, language),
                },
              ]}
            />
          }
        />
      )}
    </Panel>
  )
}
