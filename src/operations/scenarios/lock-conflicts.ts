import { isLeaseOver } from '../../marking/lease-over.ts'
import { SWEEPER_LOCK } from '../../queue/sweep.ts'
import type { LogLine } from '../log-lines.ts'
import { shownApplication } from '../our-applications.ts'
import { lateLogProbe, logProbe, type Probe, sqlProbe } from '../probes.ts'
import { stuckItems, stuckProbe } from '../stuck.ts'
import { defineScenario, rowsFound, type Seen, type Verdict } from './scenario.ts'

const expiredLocks = stuckProbe<{ copy: string; seconds: number }>('expired-locks')
/** Names of programs are anybody's words: those that are not ours are not shown. */
const sweeperLock = sqlProbe<{ pid: number; application: string }>(
  'sweeper-lock',
  `select l.pid, ${shownApplication('a.application_name')} as application
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = ${SWEEPER_LOCK}
      and a.datname = current_database()`,
)
const lastSweep: Probe<number | undefined> = {
  id: 'last-sweep',
  kind: 'metric',
  source: 'worker-metrics',
  text: 'time() - max(grading_sweeper_last_sweep_timestamp_seconds)',
  ask: async ({ samples, now }) => {
    const name = 'grading_sweeper_last_sweep_timestamp_seconds'
    const found = (await samples('worker')).find((sample) => sample.name === name)
    return found && Math.round(now().getTime() / 1_000 - found.value)
  },
}
type Lease = { copy: string; held: number; silent: number; since: number; freed: number | null }
const leases = sqlProbe<Lease>(
  'leases',
  `select l.copy_id as copy,
          extract(epoch from clock_timestamp() - l.acquired_at)::int as held,
          extract(epoch from clock_timestamp() - l.renewed_at)::int as silent,
          extract(epoch from l.acquired_at)::float8 as since,
          (select extract(epoch from max(e.occurred_at))::float8 from audit_event e
            where e.stream_ref = c.stream_ref and e.action = 'UNLOCK'
              and e.metadata ->> 'reason' in ('forced', 'released')) as freed
     from copy_lock l join copy c on c.id = l.copy_id
    where not ${isLeaseOver('l')}
    order by l.renewed_at limit 1000`,
)
const refusedLocks = logProbe('refused-locks', 'lock.conflict', '"conflict.type":"already_locked"')

const mismatches = lateLogProbe('token-mismatches', 'lock.conflict', /"conflict.type":"token_mismatch"/, 120)

/** Of the worker that is asked; another one may be the one that sweeps. */
const OLD_SWEEP_SECONDS = 60
/** One refusal is a click on a copy that somebody else is marking, as it happens every day. */
const REFUSALS = 3
/** A tab that was left behind is refused once or twice before it says so. */
const MISMATCHES = 5
/** A tab that is open gives a sign of life more often than that. */
const SILENT_SECONDS = 120

type Refused = { copy: string; refused: number; held: number; silent: number }

/** Live leases with the refusals that the log tells of each. */
function refusedByLease(
  seen: Seen,
  probe: Probe<readonly LogLine[]>,
  beginOf: (lease: Lease) => number,
): readonly Refused[] {
  const lines = seen.of(probe) ?? []
  return (seen.of(leases) ?? []).map((lease) => {
    const begin = beginOf(lease) * 1_000
    const isAbout = ({ time, fields }: LogLine) =>
      fields['copy.id'] === lease.copy && Date.parse(time) >= begin
    const { copy, held, silent } = lease
    return { copy, refused: lines.filter(isAbout).length, held, silent }
  })
}

function blameHolders(
  seen: Seen,
  weight: number,
  isHolder: (lease: Refused) => boolean,
): Verdict | undefined {
  const all = refusedByLease(seen, refusedLocks, ({ since }) => since)
  const found = all.filter((lease) => lease.refused >= REFUSALS && isHolder(lease))
  if (found.length === 0) return undefined
  const refused = found.reduce((sum, lease) => sum + lease.refused, 0)
  return {
    weight,
    evidence: [
      { probe: refusedLocks.id, expected: `< ${REFUSALS} for each copy`, found: refused },
      rowsFound(leases, found),
    ],
    subjects: found,
  }
}

const FORCE_RELEASE = {
  command: 'paraph repair force-release --copy {copy} --reason marker-unreachable --yes',
  does: {
    fr: 'Libère la copie, qui peut aussitôt être prise par quelqu’un d’autre. Demandez d’abord au correcteur de la rendre, s’il répond.',
    en: 'Frees the copy, which somebody else can take at once. Ask the marker to give it back first, if there is an answer.',
  },
  risk: {
    fr: 'Ce que l’ancien détenteur n’a pas encore enregistré lui est refusé ; ce qui est enregistré reste.',
    en: 'What the old holder has not saved yet is refused; what is saved stays.',
  },
  undo: {
    fr: 'Le correcteur verrouille de nouveau la copie.',
    en: 'The marker locks the copy again.',
  },
  verify: 'paraph doctor lock-conflicts',
} as const

const CONFLICTS = 'grading_lock_conflicts_total'
const LAST_SWEEP = 'grading_sweeper_last_sweep_timestamp_seconds'
/** However fast the time of a drill: sweeps and scrapes are not faster there. */
const SHORTEST_SILENCE_SECONDS = 10

export const lockConflicts = defineScenario({
  id: 'lock-conflicts',
  title: { fr: 'Conflits de verrou', en: 'Lock conflicts' },
  alerts: [
    {
      name: 'ParaphSweeperSilent',
      expr: ({ s }) =>
        `time() - max(${LAST_SWEEP}) > ${Math.max(SHORTEST_SILENCE_SECONDS, s(60))} or absent(${LAST_SWEEP})`,
      forSeconds: 60,
      severity: 'page',
      summary: {
        fr: 'Aucun processus de fond ne libère les verrous expirés.',
        en: 'No background process frees expired locks.',
      },
      example: {
        firing: { [LAST_SWEEP]: '0+60x19 1140x20' },
        quiet: { [LAST_SWEEP]: '0+60x40' },
      },
    },
    {
      name: 'ParaphLocksExpired',
      expr: () => `max(${stuckItems('expired-locks')}) > 0`,
      forSeconds: 60,
      severity: 'page',
      summary: {
        fr: 'Des verrous expirés ne sont pas libérés, alors que le balayage a lieu.',
        en: 'Expired locks are not freed, although the sweep is made.',
      },
      example: {
        firing: { [stuckItems('expired-locks')]: '0x19 2x20' },
        quiet: { [stuckItems('expired-locks')]: '0x29 1 0x10', [stuckItems('failed-imports')]: '1x40' },
      },
    },
    {
      name: 'ParaphLockConflicts',
      expr: ({ w }) => `sum(increase(${CONFLICTS}{conflict_type!="token_mismatch"}[${w(900)}])) > 5`,
      forSeconds: 0,
      severity: 'ticket',
      summary: {
        fr: 'Des correcteurs trouvent souvent des copies verrouillées.',
        en: 'Markers often find copies locked.',
      },
      example: {
        firing: {
          [`${CONFLICTS}{conflict_type="already_locked"}`]: '0x19 0+1x20',
          [`${CONFLICTS}{conflict_type="expired"}`]: '0x40',
        },
        quiet: {
          [`${CONFLICTS}{conflict_type="already_locked"}`]: '0x19 2x20',
          [`${CONFLICTS}{conflict_type="token_mismatch"}`]: '0+2x40',
        },
      },
    },
    {
      name: 'ParaphTokenMismatches',
      expr: ({ w }) => `sum(increase(${CONFLICTS}{conflict_type="token_mismatch"}[${w(600)}])) > 3`,
      forSeconds: 0,
      severity: 'ticket',
      summary: {
        fr: 'Deux onglets se disputent une copie.',
        en: 'Two tabs fight for a copy.',
      },
      example: {
        firing: { [`${CONFLICTS}{conflict_type="token_mismatch"}`]: '0x19 0+1x20' },
        quiet: {
          [`${CONFLICTS}{conflict_type="token_mismatch"}`]: '0x25 2x14',
          [`${CONFLICTS}{conflict_type="already_locked"}`]: '0+1x40',
        },
      },
    },
  ],
  causes: [
    {
      id: 'sweeper-down',
      title: {
        fr: 'Les verrous expirés ne sont plus libérés.',
        en: 'Expired locks are no longer freed.',
      },
      probes: [expiredLocks, sweeperLock, lastSweep],
      judge: (seen) => {
        const expired = seen.of(expiredLocks) ?? []
        const strangers = (seen.of(sweeperLock) ?? []).filter(
          ({ application }) => application !== 'paraph-worker',
        )
        const age = seen.of(lastSweep)
        const isOld = age !== undefined && age > OLD_SWEEP_SECONDS
        if (expired.length === 0 && strangers.length === 0 && !isOld) return undefined
        return {
          weight: strangers.length > 0 ? 92 : 85,
          evidence: [
            ...(strangers.length > 0
              ? [{ probe: sweeperLock.id, expected: 'paraph-worker', found: strangers }]
              : []),
            ...(expired.length > 0 ? [rowsFound(expiredLocks, expired)] : []),
            { probe: lastSweep.id, expected: `<= ${OLD_SWEEP_SECONDS}`, found: age ?? null },
          ],
          subjects: strangers,
        }
      },
      actions: [
        {
          command: 'paraph repair restart-sweeper --reason cause-removed --yes',
          does: {
            fr: 'Termine la session de base de données qui tient le verrou du balayage ; un processus de fond le reprend en quelques secondes.',
            en: 'Ends the database session that holds the sweeper’s lock; a background process takes it again within seconds.',
          },
          risk: {
            fr: 'Une transaction de cette session est annulée.',
            en: 'A transaction of that session is rolled back.',
          },
          undo: { fr: 'Rien à défaire.', en: 'Nothing to undo.' },
          verify: 'paraph doctor lock-conflicts',
        },
      ],
    },
    {
      id: 'marker-did-not-release',
      title: {
        fr: 'Un correcteur garde la copie ouverte.',
        en: 'A marker keeps the copy open.',
      },
      probes: [refusedLocks, leases],
      judge: (seen) => blameHolders(seen, 60, ({ silent }) => silent < SILENT_SECONDS),
      actions: [FORCE_RELEASE],
    },
    {
      id: 'browser-gone',
      title: {
        fr: 'Le navigateur du détenteur ne donne plus signe de vie.',
        en: 'The holder’s browser gives no sign of life.',
      },
      probes: [refusedLocks, leases],
      judge: (seen) => blameHolders(seen, 70, ({ silent }) => silent >= SILENT_SECONDS),
      actions: [FORCE_RELEASE],
    },
    {
      id: 'token-mismatch-storm',
      title: {
        fr: 'Deux onglets du même correcteur se disputent la copie.',
        en: 'Two tabs of one marker fight for the copy.',
      },
      probes: [mismatches, leases],
      judge: (seen) => {
        // Both tabs take the lease from each other, so that only a release begins anew.
        const all = refusedByLease(seen, mismatches, ({ freed }) => freed ?? 0)
        const found = all.filter(({ refused }) => refused >= MISMATCHES)
        if (found.length === 0) return undefined
        const rows = found.map(({ copy, refused }) => ({ copy, refused }))
        const expected = `< ${MISMATCHES} for each copy`
        return { weight: 80, evidence: [{ probe: mismatches.id, expected, found: rows }], subjects: rows }
      },
      explains: ['marker-did-not-release'],
      actions: [
        {
          ...FORCE_RELEASE,
          does: {
            fr: 'Demandez au correcteur de fermer l’onglet le plus ancien. S’il ne répond pas, cette commande libère la copie, et les deux onglets s’arrêtent.',
            en: 'Tell the marker to close the older tab. Where there is no answer, this command frees the copy, and both tabs stop.',
          },
        },
      ],
    },
  ],
})
