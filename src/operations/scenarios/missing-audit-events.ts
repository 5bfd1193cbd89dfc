import { INTEGRATOR_LOCK } from '../../audit/integrator.ts'
import { RUN_TIME_LOGINS } from '../../platform/database-roles.ts'
import { failedWork } from '../failed-work.ts'
import type { LogLine } from '../log-lines.ts'
import { MOVED_WITHOUT_EVENT } from '../moved-copies.ts'
import { logProbe, metricProbe, sqlProbe, WINDOW } from '../probes.ts'
import { MISSING_AUDIT_ALERTS } from './missing-audit-alerts.ts'
import { blameRows, defineScenario, type Evidence, rowsFound, type Seen, type Verdict } from './scenario.ts'

const refusals = logProbe('append-refusals', 'audit.append-refused')
/** The last event that came to its table by itself, and the clock of the database, in seconds since the epoch. */
const lastDirect = sqlProbe<{ event: number; at: number; now: number }>(
  'last-direct-event',
  `select id::float8 as event, extract(epoch from recorded_at)::float8 as at, extract(epoch from now())::float8 as now
     from audit_event where not late order by id desc limit 1`,
)
const spooled = sqlProbe<{ events: number; seconds: number }>(
  'spooled-events',
  `select count(*)::int as events, extract(epoch from now() - min(spooled_at))::int as seconds
     from audit_spool having count(*) > 0`,
)
const lostEvents = sqlProbe<{ stream: string; seq: number }>(
  'lost-events',
  `select (metadata ->> 'stream_ref')::uuid as stream, (metadata ->> 'missing_seq')::int as seq
     from audit_event
    where action = 'GAP' and exam_ref is null and recorded_at > now() - ${WINDOW}
    order by id desc limit 20`,
)
const takenBySpool = metricProbe('appended-to-spool', 'api', {
  metric: 'audit_append_total',
  labels: { path: 'spool' },
})
const takenByNothing = metricProbe('appended-to-nothing', 'api', {
  metric: 'audit_append_total',
  labels: { path: 'lost' },
})
const waitingEvents = sqlProbe<{ events: number; seconds: number }>(
  'waiting-events',
  `select (select count(*) from audit_pending)::int as events,
          extract(epoch from clock_timestamp() - recorded_at)::int as seconds
     from audit_event where id = (select min(event_id) from audit_pending)`,
)
/** Whose the integrator's place is; of a login that is none of ours only that it is not. */
const integratorPlace = sqlProbe<{ pid: number; login: string; ours: boolean }>(
  'integrator-place',
  `select a.pid, case when a.usename in (${RUN_TIME_LOGINS.map((login) => `'${login}'`).join(', ')}) then a.usename::text
                      else 'another' end as login,
          a.usename = 'paraph_integrator' and a.application_name = 'paraph-worker' as ours
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and a.datname = current_database()
      and l.classid = 0 and l.objid = ${INTEGRATOR_LOCK} and l.objsubid = 1`,
)
const integrationFailures = logProbe('integration-failures', 'audit.integration-failed')
const movedCopies = sqlProbe<{ copy: string; status: string; places: number; events: number }>(
  'moved-without-event',
  MOVED_WITHOUT_EVENT,
)

/** Transactions that the database itself ended: conflicts, no resources, an operator's or a limit's doing. */
const ROLLED_BACK = /^(?:40|53|57)/
/** The worker looks at the spool every five seconds, and at what waits several times a second. */
const SPOOL_PATIENCE_SECONDS = 12
const PENDING_PATIENCE_SECONDS = 15
/** A refusal counts for so long whatever else was taken: not every event meets what refuses some. */
const FRESH_SECONDS = 10

const VERIFY = 'paraph doctor missing-audit-events'
const NOTHING = { fr: 'Rien à défaire.', en: 'Nothing to undo.' }
const NONE = { fr: 'Aucun.', en: 'None.' }

export const missingAuditEvents = defineScenario({
  id: 'missing-audit-events',
  title: { fr: 'Événements d’audit manquants', en: 'Audit events missing' },
  alerts: MISSING_AUDIT_ALERTS,
  causes: [
    {
      id: 'transaction-rolled-back',
      title: {
        fr: 'La base a annulé la transaction : rien n’a été enregistré, parce que rien n’a eu lieu.',
        en: 'The database rolled the transaction back: nothing was recorded, because nothing happened.',
      },
      probes: [failedWork],
      judge: (seen) =>
        blameRows(
          failedWork,
          55,
          seen.of(failedWork)?.filter(({ sqlstate }) => sqlstate !== null && ROLLED_BACK.test(sqlstate)),
        ),
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre ce que la requête a atteint. Supprimez ce que désigne le SQLSTATE (conflit, manque de ressources, délai), puis la personne recommence.',
            en: 'Shows how far the request came. Remove what the SQLSTATE points at (a conflict, no resources, a time limit); the person then does it again.',
          },
          risk: NONE,
          undo: NOTHING,
          verify: VERIFY,
        },
      ],
    },
    {
      id: 'exception-before-event',
      title: {
        fr: 'Une erreur a interrompu la requête, sans doute avant son événement ; voyez ce qu’en dit la trace.',
        en: 'An error broke the request off, probably before its event; see what the trace says.',
      },
      probes: [failedWork],
      judge: (seen) =>
        blameRows(
          failedWork,
          40,
          seen
            .of(failedWork)
            ?.filter(({ code, sqlstate }) => code === 'internal' && !ROLLED_BACK.test(sqlstate ?? '')),
        ),
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre l’erreur, son code et où elle est née. Un SQLSTATE 42501 est un droit retiré ; sans SQLSTATE, transmettez la trace à qui maintient Paraph.',
            en: 'Shows the error, its code and where it arose. SQLSTATE 42501 is a right that was taken away; without a SQLSTATE, pass the trace on to whoever maintains Paraph.',
          },
          risk: NONE,
          undo: NOTHING,
          verify: VERIFY,
        },
      ],
    },
    {
      id: 'audit-write-failing',
      title: {
        fr: 'La table des événements les refuse ; ils sont mis de côté, ou perdus.',
        en: 'The table of events refuses them; they are set aside, or lost.',
      },
      probes: [refusals, lastDirect, spooled, lostEvents, takenBySpool, takenByNothing],
      judge: judgeLadder,
      actions: [
        {
          command: 'paraph repair drain-spool --reason cause-removed --yes',
          does: {
            fr: 'Remet les événements mis de côté à leur place. Rétablissez d’abord ce que nomment le SQLSTATE et la table (un droit, un disque, une contrainte).',
            en: 'Moves the events that were set aside to their place. First restore what the SQLSTATE and the table name (a right, a disk, a constraint).',
          },
          risk: {
            fr: 'Aucun : un événement déplacé porte la mention « late » ; un événement perdu reste signalé par un GAP.',
            en: 'None: an event that was moved is marked as late; one that was lost stays named by a GAP.',
          },
          undo: NOTHING,
          verify: VERIFY,
        },
      ],
    },
    {
      id: 'integrator-stopped',
      title: {
        fr: 'L’intégrateur est arrêté : les événements sont enregistrés, mais n’entrent plus dans le journal prouvable.',
        en: 'The integrator has stopped: events are recorded, and no longer enter the log that can be proved.',
      },
      probes: [waitingEvents, integratorPlace, integrationFailures],
      judge: judgeIntegrator,
      actions: [
        {
          command: 'paraph repair restart-integrator --reason cause-removed --yes',
          does: {
            fr: 'Met fin à la session qui occupe la place de l’intégrateur ; un processus de fond la reprend. Si personne ne l’occupe, redémarrez le processus de fond.',
            en: 'Ends the session that holds the place of the integrator; a worker takes it anew. When nobody holds it, restart the worker.',
          },
          risk: {
            fr: 'Aucun : un tour interrompu est annulé et refait.',
            en: 'None: a round that is broken off is undone and done again.',
          },
          undo: NOTHING,
          verify: VERIFY,
        },
      ],
    },
    {
      id: 'change-outside-application',
      title: {
        fr: 'Une copie a changé d’état sans événement : quelqu’un a écrit dans la base hors de l’application.',
        en: 'A copy has moved without an event: somebody has written to the database outside the application.',
      },
      probes: [movedCopies],
      judge: (seen) => blameRows(movedCopies, 75, seen.of(movedCopies)),
      actions: [
        {
          command: 'paraph audit verify',
          does: {
            fr: 'Compare toutes les copies à leurs événements et nomme chaque écart. Ne corrigez rien vous-même : prévenez l’auditeur et l’administrateur de la base.',
            en: 'Compares all copies with their events and names each difference. Mend nothing yourself: call the auditor and whoever administers the database.',
          },
          risk: NONE,
          undo: NOTHING,
          verify: VERIFY,
        },
      ],
    },
  ],
})

/** By the steps of the ladder: the table refused, the spool took it, or nothing did. */
function judgeLadder(seen: Seen): Verdict | undefined {
  const refused = (seen.of(refusals) ?? []).filter((line) => isOpen(seen, line))
  const aside = (seen.of(spooled) ?? []).filter(
    ({ seconds }) => refused.length > 0 || seconds > SPOOL_PATIENCE_SECONDS,
  )
  const lost = seen.of(lostEvents) ?? []
  if (refused.length + aside.length + lost.length === 0) return undefined
  const counted = [takenBySpool, takenByNothing].flatMap((probe): Evidence[] => {
    const found = seen.of(probe) ?? 0
    return found > 0 ? [{ probe: probe.id, expected: '0', found }] : []
  })
  return {
    weight: refused.length > 0 ? 85 : aside.length > 0 ? 80 : 60,
    evidence: [
      ...(refused.length > 0 ? [rowsFound(refusals, refused.map(describeRefusal))] : []),
      ...(aside.length > 0 ? [rowsFound(spooled, aside)] : []),
      ...(lost.length > 0 ? [rowsFound(lostEvents, lost)] : []),
      ...counted,
    ],
  }
}

/** Whether no event has come to the table by itself since a refusal, or it is too early to tell by that. */
function isOpen(seen: Seen, { time }: LogLine): boolean {
  const [last] = seen.of(lastDirect) ?? []
  const at = Date.parse(time) / 1_000
  return last === undefined || at > last.at || at > last.now - FRESH_SECONDS
}

function describeRefusal({ fields }: LogLine) {
  return {
    request: fields.request_id ?? null,
    step: fields['audit.path'] ?? null,
    sqlstate: fields['db.response.status_code'] ?? null,
    table: fields['db.table'] ?? null,
    stream: fields['audit.stream'] ?? null,
    seq: fields['audit.seq'] ?? null,
  }
}

function judgeIntegrator(seen: Seen): Verdict | undefined {
  const holders = seen.of(integratorPlace)
  const strangers = (holders ?? []).filter(({ ours }) => !ours)
  const waiting = (seen.of(waitingEvents) ?? []).filter(({ seconds }) => seconds > PENDING_PATIENCE_SECONDS)
  if (strangers.length + waiting.length === 0) return undefined
  const isDeserted = holders?.every(({ ours }) => !ours)
  const failures = (seen.of(integrationFailures) ?? []).slice(-5).map(({ fields }) => ({
    request: fields.request_id ?? null,
    code: fields['error.code'] ?? null,
    sqlstate: fields['db.response.status_code'] ?? null,
  }))
  return {
    weight: isDeserted ? 85 : 65,
    evidence: [
      ...(waiting.length > 0
        ? [{ probe: waitingEvents.id, expected: `<= ${PENDING_PATIENCE_SECONDS} seconds`, found: waiting }]
        : []),
      { probe: integratorPlace.id, expected: 'one worker', found: holders ?? [] },
      ...(failures.length > 0 ? [rowsFound(integrationFailures, failures)] : []),
    ],
  }
}
