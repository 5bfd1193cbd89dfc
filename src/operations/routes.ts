import type { Database } from '../platform/database.ts'
import { defineRoute, type Route } from '../platform/http-route.ts'
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
} from './contract.ts'
import { diagnose } from './doctor.ts'
import type { Sources } from './probes.ts'
import { performRepair, planRepair } from './repair.ts'
import type { RepairDeps } from './repairs/repair-kind.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { searchById } from './search.ts'

/** What this room is given by `bin` for its routes. */
export type OperationsDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly askHealth: () => Promise<HealthView>
  /** Looks so many minutes back; what is opened for it is closed again. */
  readonly withSources: <T>(minutes: number, work: (sources: Sources) => Promise<T>) => Promise<T>
  readonly repairs: RepairDeps
}

const OPERATORS = { roles: ['operator', 'admin'], ownership: 'none' } as const

/** The state of the installation in ids, counts and closed words, and what can be done about it. */
export function operationsRoutes(deps: OperationsDeps): readonly Route[] {
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
      handle: ({ query }) =>
        deps.withSources(query.minutes, async (sources) =>
          incidentsView.parse(await diagnose(sources, SCENARIOS)),
        ),
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
