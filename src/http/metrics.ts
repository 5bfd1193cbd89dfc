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
  limit: { combinations: 270, overflow: OTHER },
})

const requestDuration = defineHistogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the end of its answer.',
  exposedBy: 'api',
  labels: { method: METHODS, path: templates },
  buckets: [0.005, 0.05, 0.2, 1, 5, 10],
  limit: { combinations: 20, overflow: OTHER },
})

/** What is recorded of one route, found once and kept: every request comes by here. */
type Recorder = {
  readonly route: MethodAndPath
  readonly counts: Map<number, ReturnType<typeof requestsTotal.series>>
  duration?: ReturnType<typeof requestDuration.series>
}

const others: Required<Recorder> = {
  route: OTHER,
  counts: new Map(),
  duration: requestDuration.series(OTHER),
}
const declared = new Map<string, Recorder>()

/** A route that is counted under its own name; `status` is that of its success. */
export type CountedRoute = { readonly method: string; readonly path: string; readonly status: number }

/** Makes the templates of the routes known, with their successes and our failures at 0. */
export function declareRoutes(routes: readonly CountedRoute[]): void {
  for (const { path, status, ...route } of routes) {
    const method = METHODS.find((one) => one === route.method) ?? '_OTHER'
    templates.add(path)
    const recorder = { route: { method, path }, counts: new Map() }
    declared.set(`${method} ${path}`, recorder)
    for (const known of [status, 500]) countOf(recorder, known)
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
  const recorder = declared.get(`${request.method} ${request.path}`) ?? others
  countOf(recorder, request.status).inc()
  if (request.seconds === undefined) return
  if (request.status < 400) recorder.duration ??= requestDuration.series(recorder.route)
  const duration = recorder.duration ?? others.duration
  duration.observe(request.seconds)
}

function countOf({ route, counts }: Recorder, status: number): ReturnType<typeof requestsTotal.series> {
  const known = counts.get(status)
  if (known) return known
  const word = STATUSES.has(String(status)) ? String(status) : 'other'
  const count = requestsTotal.series({ ...route, status: word })
  // Whatever is no status of an answer is one series, and is looked up each time.
  if (word !== 'other') counts.set(status, count)
  return count
}
