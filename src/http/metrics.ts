import { defineCounter, defineHistogram } from '../observability/metrics.ts'
import { STATUS_OF_CODE } from './problem.ts'

/** `_OTHER` and `*` are what no declared route takes: unknown addresses and methods, `HEAD`, probes. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', '_OTHER'] as const
const templates = new Set(['*'])
/** What an answer can have: our successes and refusals, a caller who left (499), a fault of ours, and anything else. */
const STATUSES: ReadonlySet<string> = new Set([
  ...[200, 201, 202, 204, 499, 500, ...Object.values(STATUS_OF_CODE)].sort().map(String),
  'other',
])

type MethodAndPath = { readonly method: (typeof METHODS)[number]; readonly path: string }
const OTHER: MethodAndPath = { method: '_OTHER', path: '*' }

// What the two families may cost of the 600 series of a process: docs/adr/0010-series-budget.md has the sums.
const requestsTotal = defineCounter({
  name: 'http_requests_total',
  help: 'HTTP requests answered.',
  exposedBy: 'api',
  labels: { method: METHODS, path: templates, status: STATUSES },
  limit: { combinations: 200, overflow: OTHER },
})

const requestDuration = defineHistogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the end of its answer.',
  exposedBy: 'api',
  labels: { method: METHODS, path: templates },
  buckets: [0.005, 0.05, 0.2, 1, 5, 10],
  limit: { combinations: 27, overflow: OTHER },
})

const declared = new Map<string, MethodAndPath>()

/** A route that is counted under its own name; `status` is that of its success. */
export type CountedRoute = { readonly method: string; readonly path: string; readonly status: number }

/** Makes the templates of the routes known, with their successes and our failures at 0. */
export function declareRoutes(routes: readonly CountedRoute[]): void {
  for (const { path, status, ...route } of routes) {
    const method = METHODS.find((one) => one === route.method) ?? '_OTHER'
    templates.add(path)
    declared.set(`${method} ${path}`, { method, path })
    for (const known of [status, 500]) requestsTotal.create({ method, path, status: wordOf(known) })
  }
}

/**
 * Counts a request and its duration, under the template of its route. Only a success gives a route a duration of its
 * own: what strangers ask for and are refused takes no room from the others.
 */
export function observeRequest(request: {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Absent when no request was understood, so that there is no time to tell. */
  readonly seconds?: number
}): void {
  const route = declared.get(`${request.method} ${request.path}`)
  requestsTotal.inc({ ...(route ?? OTHER), status: wordOf(request.status) })
  if (request.seconds === undefined) return
  const isOwn = route && (request.status < 400 || requestDuration.has(route))
  requestDuration.observe(isOwn ? route : OTHER, request.seconds)
}

function wordOf(status: number): string {
  return STATUSES.has(String(status)) ? String(status) : 'other'
}
