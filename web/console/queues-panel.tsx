import type { BacklogView } from '../../src/operations/contract.ts'
import { useFormat } from '../shared/format.ts'
import { useLanguage } from '../shared/settings.ts'
import { Badge } from '../shared/ui/badge.tsx'
import { Button } from '../shared/ui/button.tsx'
import { type Column, Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { Panel } from './panel.tsx'
import type { Repair } from './repair-command.ts'
import { formatSpan } from './span.ts'
import { consoleWords } from './words.ts'

type Row = BacklogView['queues'][number]

/** What waits, runs and failed in each queue, and the way to pause it. */
export function QueuesPanel({
  queues,
  onRepair,
}: Pick<BacklogView, 'queues'> & { onRepair: (repair: Repair) => void }) {
  const words = useWords(consoleWords)
  const format = useFormat()
  const language = useLanguage()
  const titles = words.queueColumns
  const number = (key: 'waiting' | 'active' | 'failed'): Column<Row> => ({
    ...{ key, title: titles[key], isNumber: true },
    cell: (row) => format.number(row[key]),
  })
  return (
    <Panel title={words.queuesTitle}>
      <Table
        caption={words.queuesTitle}
        rows={queues}
        keyOf={({ queue }) => queue}
        columns={[
          { key: 'queue', title: titles.queue, isName: true, cell: ({ queue }) => words.queues[queue] },
          number('waiting'),
          number('active'),
          number('failed'),
          {
            key: 'oldest',
            title: titles.oldest,
            isNumber: true,
            cell: (row) => (row.waiting > 0 ? formatSpan(row.oldestWaitingSeconds, language) : '–'),
          },
          {
            key: 'state',
            title: titles.state,
            cell: ({ pausedAt }) => (
              <Badge tone={pausedAt ? 'warn' : 'good'}>{pausedAt ? words.paused : words.running}</Badge>
            ),
          },
          {
            key: 'action',
            title: titles.action,
            cell: ({ queue, pausedAt }) => {
              const name = words.queues[queue]
              return (
                <Button
                  size="small"
                  aria-label={pausedAt ? words.unpauseOf(name) : words.pauseOf(name)}
                  onClick={() =>
                    onRepair(
                      pausedAt
                        ? { action: 'resume-queue', queue, reason: 'cause-removed' }
                        : { action: 'pause-queue', queue, reason: 'maintenance' },
                    )
                  }
                >
                  {pausedAt ? words.unpause : words.pause}
                </Button>
              )
            },
          },
        ]}
      />
    </Panel>
  )
}
