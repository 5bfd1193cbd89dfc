import { Link } from '@tanstack/react-router'
import { BookOpen, CircleCheck, CircleHelp, TriangleAlert } from 'lucide-react'
import type { IncidentsView } from '../../src/operations/contract.ts'
import { useLanguage } from '../shared/settings.ts'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { CopyText } from './copy-text.tsx'
import { Disclosure } from './disclosure.tsx'
import { Facts } from './facts.tsx'
import { incidentWords } from './incident-words.ts'
import { Panel } from './panel.tsx'
import { type Repair, repairOf } from './repair-command.ts'
import { formatSpan } from './span.ts'

type Finding = IncidentsView['findings'][number]
type OnRepair = (repair: Repair) => void

/** What the doctor found: the most likely root cause first, with what shows it and what to do. */
export function Incidents({ incidents, onRepair }: { incidents: IncidentsView; onRepair: OnRepair }) {
  const words = useWords(incidentWords)
  const language = useLanguage()
  const { findings, unreached, probes, durationMs } = incidents
  return (
    <Panel
      title={words.title}
      aside={
        <p className="text-muted text-sm">{words.asked(probes, formatSpan(durationMs / 1_000, language))}</p>
      }
    >
      {findings.length === 0 && (
        <p className="flex items-center gap-2 text-sm">
          {unreached.length === 0 ? (
            <CircleCheck aria-hidden className="size-5 shrink-0 text-good" />
          ) : (
            <CircleHelp aria-hidden className="size-5 shrink-0 text-warn" />
          )}
          {unreached.length === 0 ? words.none : words.nonePartly}
        </p>
      )}
      {findings.map((finding) => (
        <Incident key={finding.cause} finding={finding} onRepair={onRepair} />
      ))}
      {unreached.length > 0 && (
        <p className="text-muted text-sm">
          {words.unreached}{' '}
          <code className="text-xs">{unreached.map(({ source, probe }) => probe ?? source).join(', ')}</code>
        </p>
      )}
    </Panel>
  )
}

function Incident({ finding, onRepair }: { finding: Finding; onRepair: OnRepair }) {
  const words = useWords(incidentWords)
  const language = useLanguage()
  const { scenario, cause, title, explainedBy, actions } = finding
  return (
    <article
      className="flex flex-col gap-3 border-line border-t pt-4 first:border-t-0 first:pt-0"
      data-cause={cause}
    >
      <div className="flex gap-3">
        <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <h3 className="font-medium text-base">{title[language]}</h3>
          <p className="flex flex-wrap gap-x-3 text-muted text-sm">
            <code className="text-xs leading-5">
              {scenario} / {cause}
            </code>
            <Link to="/console/playbook/$scenario" params={{ scenario }} className="link gap-1">
              <BookOpen aria-hidden className="size-4" />
              {words.playbook}
            </Link>
          </p>
          {explainedBy.length > 0 && (
            <p className="text-muted text-sm">
              {words.explained} <code className="text-xs">{explainedBy.join(', ')}</code>
            </p>
          )}
        </div>
      </div>
      <Evidence evidence={finding.evidence} />
      <ul aria-label={words.actions} className="flex flex-col gap-3 sm:ps-8">
        {actions.map((action) => (
          <Action key={action.command} action={action} onRepair={onRepair} />
        ))}
      </ul>
    </article>
  )
}

const ROWS = 5

function Evidence({ evidence }: Pick<Finding, 'evidence'>) {
  const words = useWords(incidentWords)
  return (
    <Disclosure summary={words.evidence} className="sm:ps-7" summaryClassName="min-h-8 w-fit text-sm">
      <ul className="flex flex-col gap-3 ps-6 pt-2 text-sm">
        {evidence.map(({ probe, expected, found }) => (
          <li key={probe} className="flex flex-col gap-1">
            <code className="text-xs">{probe}</code>
            <p>
              <span className="text-muted">{words.expected} :</span> <span lang="en">{expected}</span>
            </p>
            {Array.isArray(found) ? (
              <>
                {found.slice(0, ROWS).map((facts) => (
                  <div key={JSON.stringify(facts)} className="rounded-md border border-line p-2">
                    <Facts facts={facts} />
                  </div>
                ))}
                {found.length > ROWS && <p className="text-muted">{words.more(found.length - ROWS)}</p>}
              </>
            ) : (
              <p>
                <span className="text-muted">{words.found} :</span>{' '}
                <code className="text-xs">{String(found)}</code>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Disclosure>
  )
}

function Action({ action, onRepair }: { action: Finding['actions'][number]; onRepair: OnRepair }) {
  const words = useWords(incidentWords)
  const language = useLanguage()
  const { command, does, risk, undo, verify } = action
  const repair = repairOf(command)
  const about = repair && (repair.copy ?? repair.batch ?? repair.job ?? repair.queue ?? '')
  return (
    <li className="flex flex-col gap-2 rounded-lg border border-line p-3 text-sm">
      <p>{does[language]}</p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-muted">{words.risk}</dt>
        <dd>{risk[language]}</dd>
        <dt className="text-muted">{words.undo}</dt>
        <dd className="break-words">{undo[language]}</dd>
        <dt className="text-muted">{words.verify}</dt>
        <dd>
          <code className="break-all text-xs">{verify}</code>
        </dd>
      </dl>
      <CopyText text={command} label={words.command} />
      {repair ? (
        <Button
          size="small"
          className="self-start"
          aria-label={words.performFor(`${repair.action} ${about}`)}
          onClick={() => onRepair(repair)}
        >
          {words.perform}
        </Button>
      ) : (
        <p className="text-muted">{words.byHand}</p>
      )}
    </li>
  )
}
