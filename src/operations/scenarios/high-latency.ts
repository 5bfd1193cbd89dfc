import type { LogLine } from '../log-lines.ts'
import { cpuPressureProbe, databaseProbe } from '../probes.ts'
import type { Subject } from '../subject.ts'
import { HIGH_LATENCY_ALERTS } from './high-latency-alerts.ts'
import {
  apiAnswers,
  apiReachesDatabase,
  blockers,
  busyEngines,
  connections,
  eventLoopLag,
  failedConnections,
  isRefused,
  longImports,
  poolWaiting,
  refusedAnswers,
  slowAnswers,
  slowQueries,
  utilization,
  workerReachesDatabase,
} from './high-latency-probes.ts'
import { blameRows, defineScenario, type Evidence, rowsFound, type Seen } from './scenario.ts'

/** So many slow answers make a slow service; less is a person on a bad line. */
const SLOW_ANSWERS = 5
const REFUSED_ANSWERS = 10
const LAG_SECONDS = 0.5
const BUSY = 0.9
const SHORT_OF_CPU = 0.5

/** An upload takes as long as its sender's line, and a stream of events as long as what it tells of. */
const AS_LONG_AS_IT_TAKES: ReadonlySet<string | undefined> = new Set([
  '/api/exams/:examId/batches',
  '/api/uploads',
  '/api/uploads/:uploadId',
  '/api/batches/:batchId/progress',
])

function countSlow(seen: Seen): number {
  const lines = seen.of(slowAnswers) ?? []
  return lines.filter(({ fields }) => !AS_LONG_AS_IT_TAKES.has(fields['http.route'])).length
}

function isSlow(seen: Seen): boolean {
  return countSlow(seen) >= SLOW_ANSWERS
}

function slowEvidence(seen: Seen): Evidence {
  return { probe: slowAnswers.id, expected: `< ${SLOW_ANSWERS}`, found: countSlow(seen) }
}

/** Who was refused how often, by opaque reference, with the last request of each. */
function refusedByAccount(lines: readonly LogLine[]): readonly Subject[] {
  const byAccount = new Map<string, { user: string; refused: number; request: string | null }>()
  for (const { fields } of lines) {
    const user = fields.user_id ?? 'unknown'
    const refused = (byAccount.get(user)?.refused ?? 0) + 1
    byAccount.set(user, { user, refused, request: fields.request_id ?? null })
  }
  return [...byAccount.values()].sort((a, b) => b.refused - a.refused)
}

const NOTHING_TO_UNDO = { fr: 'Rien à défaire.', en: 'Nothing to undo.' }
const NO_RISK = { fr: 'Aucun.', en: 'None.' }
const verify = 'paraph doctor high-latency'
const RESTART_API = {
  command: 'systemctl restart paraph-api',
  does: {
    fr: 'Redémarre l’API (avec « paraph start » : arrêtez-le et relancez-le).',
    en: 'Restarts the api (under "paraph start": stop it and start it again).',
  },
  risk: {
    fr: 'Les demandes en cours échouent ; les verrous et les sessions restent.',
    en: 'Requests under way fail; locks and sessions stay.',
  },
  undo: NOTHING_TO_UNDO,
  verify,
}

export const highLatency = defineScenario({
  id: 'high-latency',
  title: { fr: 'Lenteur', en: 'High latency' },
  alerts: HIGH_LATENCY_ALERTS,
  causes: [
    {
      id: 'api-down',
      title: { fr: 'L’API est arrêtée.', en: 'The api is down.' },
      probes: [apiAnswers],
      judge: (seen) => {
        const answer = seen.of(apiAnswers)
        if (answer !== 'refused') return undefined
        return { weight: 95, evidence: [{ probe: apiAnswers.id, expected: 'answers', found: answer }] }
      },
      explains: ['event-loop-blocked', 'overload', 'pool-exhausted'],
      actions: [RESTART_API],
    },
    {
      id: 'database-down',
      title: { fr: 'La base de données ne répond pas.', en: 'The database does not answer.' },
      probes: [databaseProbe, apiReachesDatabase, workerReachesDatabase],
      judge: (seen) => {
        const answer = seen.of(databaseProbe)
        if (answer === undefined || answer === 'answers') return undefined
        // Silent to us alone, it is only busy, or we are.
        const hasAnswered = [apiReachesDatabase, workerReachesDatabase].some((probe) => seen.of(probe) === 1)
        if (answer === 'silent' && hasAnswered) return undefined
        return { weight: 94, evidence: [{ probe: databaseProbe.id, expected: 'answers', found: answer }] }
      },
      explains: [
        ...['pool-exhausted', 'overload', 'sweeper-down', 'integrator-stopped'],
        ...['transaction-rolled-back', 'exception-before-event', 'upload-incomplete'],
      ],
      actions: [
        {
          command: 'systemctl restart postgresql',
          does: {
            fr: 'Redémarre PostgreSQL (celui de « paraph start » repart de lui-même quand il s’arrête ; figé : arrêtez « paraph start » et relancez-le).',
            en: 'Restarts PostgreSQL (the one of "paraph start" starts again by itself when it ends; frozen: stop "paraph start" and start it again).',
          },
          risk: {
            fr: 'Les demandes en cours échouent ; ce qui était confirmé reste.',
            en: 'Requests under way fail; what was confirmed stays.',
          },
          undo: NOTHING_TO_UNDO,
          verify,
        },
      ],
    },
    {
      id: 'database-lock-contention',
      title: {
        fr: 'Une session de la base fait attendre les autres.',
        en: 'A session of the database keeps others waiting.',
      },
      probes: [blockers],
      judge: (seen) => blameRows(blockers, 90, seen.of(blockers)),
      explains: ['pool-exhausted', 'overload'],
      actions: [
        {
          command: 'paraph repair end-session --pid {pid} --reason blocks-others --yes',
          does: {
            fr: 'Termine la session en tête de file ; les autres repartent aussitôt.',
            en: 'Ends the session at the head of the queue; the others go on at once.',
          },
          risk: {
            fr: 'Sa transaction est annulée ; si c’est une sauvegarde ou une migration, elle est à refaire.',
            en: 'Its transaction is rolled back; a backup or a migration has to be run again.',
          },
          undo: NOTHING_TO_UNDO,
          verify,
        },
      ],
    },
    {
      id: 'large-document',
      title: {
        fr: 'Un gros document occupe toute la machine.',
        en: 'A large document takes the whole machine.',
      },
      probes: [busyEngines, longImports, cpuPressureProbe, slowAnswers],
      judge: (seen) => {
        const imports = seen.of(longImports)
        const busy = seen.of(busyEngines)
        const pressure = seen.of(cpuPressureProbe) ?? 0
        // A machine that is short of the processor may leave one of the two unasked, which refutes nothing.
        if (imports === undefined && busy === undefined) return undefined
        if (imports?.length === 0 || busy === 0 || pressure < SHORT_OF_CPU || !isSlow(seen)) return undefined
        return {
          weight: 60,
          evidence: [
            ...(busy === undefined ? [] : [{ probe: busyEngines.id, expected: '0', found: busy }]),
            ...(imports === undefined ? [] : [rowsFound(longImports, imports)]),
            { probe: cpuPressureProbe.id, expected: `< ${SHORT_OF_CPU}`, found: pressure },
            slowEvidence(seen),
          ],
          ...(imports === undefined ? {} : { subjects: imports }),
        }
      },
      explains: ['event-loop-blocked', 'overload', 'pool-exhausted'],
      actions: [
        {
          command: 'paraph repair pause-queue --queue import-batch --reason maintenance --yes',
          does: {
            fr: 'Aucun import ne commence plus ; celui qui court va à son terme.',
            en: 'No further import begins; the one that runs goes on to its end.',
          },
          risk: {
            fr: 'Les dépôts sont acceptés mais attendent jusqu’à la reprise.',
            en: 'Uploads are taken and wait until the queue is resumed.',
          },
          undo: {
            fr: 'paraph repair resume-queue --queue import-batch --reason cause-removed --yes',
            en: 'paraph repair resume-queue --queue import-batch --reason cause-removed --yes',
          },
          verify,
        },
        {
          command: 'systemctl restart paraph-worker',
          does: {
            fr: 'Si cela ne peut attendre : interrompt le document en cours, qui retourne dans la file arrêtée. Reprenez la file à une heure creuse.',
            en: 'Where that cannot wait: breaks off the document, which goes back to the paused queue. Resume the queue at a quiet hour.',
          },
          risk: {
            fr: 'Le document sera relu depuis le début.',
            en: 'The document will be read again from its beginning.',
          },
          undo: NOTHING_TO_UNDO,
          verify,
        },
      ],
    },
    {
      id: 'pool-exhausted',
      title: {
        fr: 'Il n’y a plus de connexion libre vers la base.',
        en: 'There is no free connection to the database.',
      },
      probes: [isRefused, poolWaiting, failedConnections, slowAnswers, connections],
      judge: (seen) => {
        const refused = seen.of(isRefused) === true
        const failed = (seen.of(failedConnections) ?? []).length
        const waiting = seen.of(poolWaiting) ?? 0
        const isWaiting = waiting > 0 && isSlow(seen)
        if (!refused && failed === 0 && !isWaiting) return undefined
        const held = seen.of(connections) ?? []
        return {
          weight: refused || failed > 0 ? 88 : 50,
          evidence: [
            ...(refused ? [{ probe: isRefused.id, expected: 'false', found: true }] : []),
            ...(failed > 0 ? [{ probe: failedConnections.id, expected: '0', found: failed }] : []),
            ...(isWaiting
              ? [{ probe: poolWaiting.id, expected: '0', found: waiting }, slowEvidence(seen)]
              : []),
            ...(held.length > 0
              ? [{ probe: connections.id, expected: 'fewer than max_connections', found: held }]
              : []),
          ],
        }
      },
      actions: [
        {
          command:
            'psql --username=postgres --dbname=paraph --command="select application_name, state, count(*) from pg_stat_activity group by 1, 2 order by 3 desc"',
          does: {
            fr: 'Montre, par les connexions réservées à l’administrateur, quel programme tient les autres : arrêtez-le, ou relevez la limite du rôle ou max_connections.',
            en: 'Shows, on the connections kept for the administrator, which program holds the others: stop it, or raise the limit of the role or max_connections.',
          },
          risk: NO_RISK,
          undo: NOTHING_TO_UNDO,
          verify,
        },
      ],
    },
    {
      id: 'slow-query',
      title: { fr: 'Une requête SQL dure trop longtemps.', en: 'A query of the database takes too long.' },
      probes: [slowQueries],
      judge: (seen) => blameRows(slowQueries, 85, seen.of(slowQueries)),
      explains: ['database-lock-contention', 'pool-exhausted', 'overload'],
      actions: [
        {
          command: 'psql "$DATABASE_URL" --command="select pg_cancel_backend({pid})"',
          does: {
            fr: 'Interrompt la requête. Si elle revient, cherchez ce qui l’attend (« waits ») : IO, un disque lent ; none, des statistiques périmées (vacuumdb --analyze) ; Timeout ou Extension, un déclencheur ou une extension ajoutés, à ôter.',
            en: 'Breaks off the query. If it comes back, look at what it waits for: IO is a slow disk, none stale statistics (vacuumdb --analyze), Timeout or Extension a trigger or an extension that was added, to be removed.',
          },
          risk: {
            fr: 'La demande correspondante échoue, et sa transaction est annulée.',
            en: 'The request behind it fails, and its transaction is rolled back.',
          },
          undo: NOTHING_TO_UNDO,
          verify,
        },
      ],
    },
    {
      id: 'event-loop-blocked',
      title: {
        fr: 'Le processus de l’API se fige par moments.',
        en: 'The process of the api freezes again and again.',
      },
      probes: [eventLoopLag, apiAnswers],
      judge: (seen) => {
        const answer = seen.of(apiAnswers)
        if (answer === 'silent') {
          return { weight: 75, evidence: [{ probe: apiAnswers.id, expected: 'answers', found: answer }] }
        }
        const lag = seen.of(eventLoopLag)
        if (lag === undefined || lag <= LAG_SECONDS) return undefined
        return {
          weight: 75,
          evidence: [{ probe: eventLoopLag.id, expected: `<= ${LAG_SECONDS} seconds`, found: lag }],
        }
      },
      explains: ['pool-exhausted', 'overload'],
      actions: [
        {
          command: 'paraph support-bundle',
          does: {
            fr: 'Garde ce qui permettra de trouver la cause ; sans aucune donnée sur une personne.',
            en: 'Keeps what the cause can be found by; it holds nothing about a person.',
          },
          risk: NO_RISK,
          undo: NOTHING_TO_UNDO,
          verify,
        },
        RESTART_API,
      ],
    },
    {
      id: 'overload',
      title: {
        fr: 'Il arrive plus de demandes que l’API n’en peut servir.',
        en: 'More requests arrive than the api can or may serve.',
      },
      probes: [refusedAnswers, utilization, slowAnswers],
      judge: (seen) => {
        const refused = seen.of(refusedAnswers) ?? []
        const use = seen.of(utilization) ?? 0
        const isRefusing = refused.length >= REFUSED_ANSWERS
        const isFull = use > BUSY && isSlow(seen)
        if (!isRefusing && !isFull) return undefined
        const accounts = refusedByAccount(refused)
        return {
          weight: isRefusing ? 65 : 40,
          evidence: [
            ...(isRefusing ? [rowsFound(refusedAnswers, accounts)] : []),
            ...(isFull
              ? [{ probe: utilization.id, expected: `<= ${BUSY}`, found: use }, slowEvidence(seen)]
              : []),
          ],
          subjects: accounts,
        }
      },
      explains: ['pool-exhausted'],
      actions: [
        {
          command: 'paraph trace {request}',
          does: {
            fr: 'Montre une des demandes refusées et son compte (référence opaque). Un seul compte : faites cesser ce qu’il fait, ou abaissez PARAPH_REQUEST_LIMIT. Beaucoup : relevez la limite, ou ajoutez des processus de l’API.',
            en: 'Shows one of the refused requests and its account (an opaque reference). One account: make it stop what it does, or lower PARAPH_REQUEST_LIMIT. Many: raise the limit, or add processes of the api.',
          },
          risk: NO_RISK,
          undo: NOTHING_TO_UNDO,
          verify,
        },
      ],
    },
  ],
})
