import { isOurs, shownApplication } from '../our-applications.ts'
import { lateLogProbe, metricProbe, type Probe, processProbe, type Role, sqlProbe } from '../probes.ts'

/** Who stands at the head of those that wait for a lock. Names of programs that are not ours are not shown. */
export const blockers = sqlProbe<{ pid: number; application: string; waiting: number; seconds: number }>(
  'blockers',
  `with recursive waits as (
     select distinct l.pid, blocker, l.waitstart
       from pg_locks l, unnest(pg_blocking_pids(l.pid)) as blocker
      where not l.granted and blocker > 0
   ), chain as (
     select w.pid, w.blocker, w.waitstart
       from waits w join pg_stat_activity a on a.pid = w.pid
      where a.datname = current_database() and ${isOurs('a.application_name')}
        and w.waitstart < clock_timestamp() - interval '1 second'
     union
     select c.pid, w.blocker, c.waitstart from chain c join waits w on w.pid = c.blocker
   )
   select c.blocker as pid,
          ${shownApplication('a.application_name')} as application,
          count(distinct c.pid)::int as waiting,
          max(extract(epoch from clock_timestamp() - c.waitstart))::int as seconds
     from chain c left join pg_stat_activity a on a.pid = c.blocker
    where c.blocker not in (select pid from waits)
    group by 1, 2 order by waiting desc limit 20`,
)
/** What runs, and waits for no lock. Never the text of a query. */
export const slowQueries = sqlProbe<{ pid: number; application: string; seconds: number; waits: string }>(
  'slow-queries',
  `select pid, application_name as application,
          extract(epoch from clock_timestamp() - query_start)::int as seconds,
          coalesce(wait_event_type, 'none') as waits
     from pg_stat_activity
    where datname = current_database() and application_name in ('paraph-api', 'paraph-worker')
      and state = 'active' and wait_event_type is distinct from 'Lock'
      and query_start < clock_timestamp() - interval '1.5 seconds'
    order by query_start limit 20`,
)
/** Of other logins the server does not tell what kind of session it is, but whose: its own workers are nobody's. */
export const connections = sqlProbe<{ application: string; connections: number }>(
  'connections',
  `select ${shownApplication('application_name')} as application,
          count(*)::int as connections
     from pg_stat_activity
    where usesysid is not null and coalesce(backend_type, 'client backend') = 'client backend'
    group by 1 order by 2 desc`,
)
const TOO_MANY_CONNECTIONS = '53300'
export const isRefused: Probe<boolean> = {
  id: 'connection-refused',
  kind: 'sql',
  source: 'database',
  text: 'select 1',
  // That there is no connection to be had is the finding, and not a failure to find out.
  ask: ({ rows }) =>
    rows('select 1 as one').then(
      () => false,
      (error: unknown) => {
        if ((error as { code?: unknown }).code === TOO_MANY_CONNECTIONS) return true
        throw error
      },
    ),
  isAboutReach: true,
}
export const poolWaiting = metricProbe('pool-waiting', 'api', { metric: 'database_pool_waiting_requests' })
export const eventLoopLag = metricProbe('event-loop-lag', 'api', {
  metric: 'nodejs_eventloop_lag_p99_seconds',
})
export const utilization = metricProbe('event-loop-use', 'api', {
  metric: 'nodejs_eventloop_utilization_ratio',
})
export const busyEngines = metricProbe('busy-engines', 'worker', {
  metric: 'pdf_engines',
  labels: { state: 'busy' },
})
export const apiAnswers = processProbe('api-answers', 'api')
/** Whether each process of ours gets answers from the database. */
export const apiReachesDatabase = reachesDatabase('api')
export const workerReachesDatabase = reachesDatabase('worker')

function reachesDatabase(role: Role): Probe<number | undefined> {
  const probe = metricProbe(`${role}-reaches-database`, role, { metric: 'database_up' })
  return { ...probe, text: `max(database_up{role="${role}"})` }
}

export const longImports = sqlProbe<{ batch: string; pages: number | null; done: number; seconds: number }>(
  'long-imports',
  `select id as batch, page_count as pages,
          (select count(*)::int from page p
            where p.batch_id = batch.id and (p.full_sha256 is not null or p.error_code is not null)) as done,
          extract(epoch from clock_timestamp() - import_started_at)::int as seconds
     from batch
    where status = 'IMPORTING'
      and (page_count >= 100 or import_started_at < clock_timestamp() - interval '15 seconds')
    order by import_started_at limit 20`,
)
const LATE_SECONDS = 30
export const refusedAnswers = lateLogProbe(
  'refused-answers',
  'http.request',
  /"http.response.status_code":429,/,
  LATE_SECONDS,
)
/** Answers that took a second or more. */
export const slowAnswers = lateLogProbe(
  'slow-answers',
  'http.request',
  /"duration_ms":[0-9]{4,}/,
  LATE_SECONDS,
)
export const failedConnections = lateLogProbe(
  'failed-connections',
  'http.failed',
  /"db.response.status_code":"53300"/,
  LATE_SECONDS,
)
