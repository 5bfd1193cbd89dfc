import { useQuery } from '@tanstack/react-query'
import { createLazyRoute } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import type { BacklogView } from '../../src/operations/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { useLanguage } from '../shared/settings.ts'
import { Badge } from '../shared/ui/badge.tsx'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { backlogQuery, durationsQuery, healthQuery, held, incidentsQuery } from './console-queries.ts'
import { CopiesPanel } from './copies-chart.tsx'
import { DurationsPanel } from './durations-chart.tsx'
import { HealthTable } from './health.tsx'
import { Incidents } from './incidents.tsx'
import { Panel } from './panel.tsx'
import { QueuesPanel } from './queues-panel.tsx'
import type { Repair } from './repair-command.ts'
import { RepairDialog } from './repair-dialog.tsx'
import { SearchForm } from './search-form.tsx'
import { formatSpan } from './span.ts'
import { consoleWords } from './words.ts'

/** The state of the installation in ids and counts, asked again and again until it is frozen. */
function Console() {
  const words = useWords(consoleWords)
  const [isLive, setLive] = useState(true)
  const [repair, setRepair] = useState<Repair>()
  const incidents = useQuery(held(incidentsQuery, isLive))
  const backlog = useQuery(held(backlogQuery, isLive))
  const durations = useQuery(held(durationsQuery, isLive))
  const health = useQuery(held(healthQuery, isLive))
  const open = incidents.data?.findings.length
  const isAsked = incidents.data?.unreached.length === 0
  const isWell = health.data?.api.status === 'ok' && health.data.worker?.status === 'ok'
  const state = !isWell ? words.notWell : isAsked ? words.allWell : words.partly
  return (
    <Page
      title={words.title}
      lead={open === undefined || !health.data ? undefined : open > 0 ? words.incidentsOpen(open) : state}
      actions={<LiveControl isLive={isLive} onLive={setLive} at={backlog.dataUpdatedAt} />}
    >
      <SearchForm />
      <Loaded query={incidents} lines={3}>
        {(view) => <Incidents incidents={view} onRepair={setRepair} />}
      </Loaded>
      <Panel title={words.processes}>
        <HealthTable isLive={isLive} />
      </Panel>
      <Loaded query={backlog} lines={6}>
        {(view) => (
          <>
            <div className="grid gap-6 lg:grid-cols-2">
              <CopiesPanel copies={view.copies} />
              <Loaded query={durations}>{(view) => <DurationsPanel queues={view.queues} />}</Loaded>
            </div>
            <QueuesPanel queues={view.queues} onRepair={setRepair} />
            <AuditPanel audit={view.audit} />
          </>
        )}
      </Loaded>
      {repair && <RepairDialog repair={repair} onClose={() => setRepair(undefined)} />}
    </Page>
  )
}

/** Whether the numbers move, since when they do not, and the key that holds them. */
function LiveControl({
  isLive,
  onLive,
  at,
}: {
  isLive: boolean
  onLive: (isLive: boolean) => void
  at: number
}) {
  const words = useWords(consoleWords)
  const format = useFormat()
  const Icon = isLive ? Pause : Play
  return (
    <>
      <span className="flex items-center">
        <Badge tone={isLive ? 'good' : 'warn'}>
          {isLive ? words.live : words.frozenAt(format.instant(new Date(at).toISOString()))}
        </Badge>
      </span>
      <Button onClick={() => onLive(!isLive)}>
        <Icon aria-hidden className="size-4" />
        {isLive ? words.freeze : words.resume}
      </Button>
    </>
  )
}

function AuditPanel({ audit }: Pick<BacklogView, 'audit'>) {
  const words = useWords(consoleWords)
  const language = useLanguage()
  const { pending, spooled, oldestSeconds } = audit
  return (
    <Panel title={words.auditTitle}>
      <p className="text-sm">
        {words.auditLine(pending, spooled)}{' '}
        {pending + spooled > 0 && words.auditOldest(formatSpan(oldestSeconds, language))}
      </p>
    </Panel>
  )
}

export const route = createLazyRoute('/signed-in/console')({ component: Console })
