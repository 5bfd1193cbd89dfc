import type { Database } from '../platform/database.ts'
import { defineRoute, type Route } from '../platform/http-route.ts'
import { SECOND } from '../platform/units.ts'
import { getBacklog, getDurations } from './backlog.ts'
import {
  backlogView,
  durationsView,
  type HealthView,
  healthView,
  incidentsQuery,
  incidentsView,
  repairBody,
  repairView,
  searchQuery,
  searchView,
  type TraceView,
  traceQuery,
  traceView,
} from './contract.ts'
import { diagnose } from './doctor.ts'
import type { LogSource } from './log-files.ts'
import type { LineFields } from './log-lines.ts'
import type { Sources } from './probes.ts'
import { performRepair, planRepair } from './repair.ts'
import type { RepairDeps } from './repairs/repair-kind.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { searchById, toStoryEntry } from './search.ts'
import { shareAnswers } from './shared.ts'
import { traceRequest } from './trace.ts'

/** What this room is given by `bin` for its routes. */
export type OperationsDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly askHealth: () => Promise<HealthView>
  /** Looks so many minutes back; what is opened for it is closed again. */
  readonly withSources: <T>(minutes: number, work: (sources: Sources) => Promise<T>) => Promise<T>
  /** The log files, none where logs go elsewhere. */
  readonly openLogs: () => Promise<readonly LogSource[]>
  readonly repairs: RepairDeps
}

const OPERATORS = { roles: ['operator'], ownership: 'none' } as const

/** The state of the installation in ids, counts and closed words, and what can be done about it. */
export function operationsRoutes(deps: OperationsDeps): readonly Route[] {
  // A diagnosis asks dozens of questions: screens that are open at the same time must not multiply them.
  const diagnoseShared = shareAnswers(
    (minutes: number) =>
      deps.withSources(minutes, async (sources) => incidentsView.parse(await diagnose(sources, SCENARIOS))),
    1 * SECOND,
  )
  // Every log file is read for it.
  const traceShared = shareAnswers((requestId: string) => trace(deps, requestId), 1 * SECOND)
  return [
    defineRoute({
      method: 'GET',
      path: '/api/operations/health',
      summary: 'Whether each process can do its work, check by check.',
      access: OPERATORS,
      response: healthView,
      handle: () => deps.askHealth(),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/operations/backlog',
      summary: 'What waits: jobs, copies, batches, events.',
      access: OPERATORS,
      response: backlogView,
      handle: () => getBacklog(deps.db),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/operations/durations',
      summary: 'How long jobs of the last day waited and ran.',
      access: OPERATORS,
      response: durationsView,
      handle: () => getDurations(deps.db),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/operations/incidents',
      summary: 'What is wrong, why, and what to do about it, as "paraph doctor" says it.',
      access: OPERATORS,
      query: incidentsQuery,
      response: incidentsView,
      handle: ({ query }) => diagnoseShared(query.minutes),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/operations/search',
      summary: 'What has an id, whatever it is, and where to look.',
      access: OPERATORS,
      query: searchQuery,
      response: searchView,
      handle: ({ query }) => searchById(deps, query.id),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/operations/trace',
      summary: 'The story of a request from log lines, events and jobs, as "paraph trace" tells it.',
      access: OPERATORS,
      query: traceQuery,
      response: traceView,
      handle: ({ query }) => traceShared(query.request),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/operations/repairs',
      summary: 'Sets something going again, as "paraph repair" does, or says what that would do.',
      access: OPERATORS,
      body: repairBody,
      response: repairView,
      handle: async ({ body: { action, reason, note, dryRun, ...subjects } }) => {
        const work = dryRun ? planRepair : performRepair
        const told = await work(deps.repairs, { action, reason, note, subjects })
        return {
          action,
          dryRun,
          isUnfinished: told.isUnfinished ?? false,
          sentence: told.sentence,
          facts: told.facts,
        }
      },
    }),
  ]
}

/** Those that are there; each has the shape that the registry gives it. */
function fieldsOf(fields: LineFields = {}): TraceView['entries'][number]['fields'] {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known.map(([name, value]) => [name, isList(value) ? [...value] : value]))
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value)
}

async function trace({ db, now, openLogs }: OperationsDeps, requestId: string): Promise<TraceView> {
  const { entries, logs } = await traceRequest({ now, openLogs, openDatabase: async () => db }, requestId)
  return {
    entries: entries.map((entry) => ({
      ...toStoryEntry(entry),
      level: entry.level,
      actorRef: entry.who.ref ?? null,
      durationMs: entry.durationMs ?? null,
      attempt: entry.attempt ?? null,
      fields: fieldsOf(entry.fields),
    })),
    logs: { ...logs, since: logs.since ?? null },
  }
}
