import type { LogLine } from './log-lines.ts'
import type { Probe, Sources } from './probes.ts'

/** A request or a job that ended with an error of ours, and whose like has not succeeded since. */
export type FailedWork = {
  readonly request: string
  /** The template of the route, or the queue. */
  readonly what: string
  readonly code: string | null
  /** What the database answered, if the error came from there. */
  readonly sqlstate: string | null
  readonly time: string
}

/** So many failures, the latest, are looked at. */
const LOOKED_AT = 10

/**
 * What failed of late. A failure that the same route or the same job has got over counts no longer: what is looked for
 * is what still goes wrong.
 */
export const failedWork: Probe<readonly FailedWork[]> = {
  id: 'failed-work',
  kind: 'log',
  source: 'logs',
  text: `grep -hE '"event":"(http|job).failed"' "$PARAPH_DATA"/logs/*/app.log`,
  ask: async (sources) => [...(await failedRequests(sources)), ...(await failedJobs(sources))],
}

async function failedRequests({ lines, newest }: Sources): Promise<readonly FailedWork[]> {
  const failures = (await lines('http.failed')).slice(-LOOKED_AT)
  const found = await Promise.all(
    failures.map(async (failure): Promise<FailedWork | undefined> => {
      const { request_id: request } = failure.fields
      if (request === undefined) return undefined
      const own = await newest('http.request', `"request_id":"${request}"`)
      const { 'http.route': route, 'http.request.method': method } = own?.fields ?? {}
      const like = route && method && (await newest('http.request', successOf(method, route)))
      return like && like.time > failure.time ? undefined : describe(failure, request, route ?? '*')
    }),
  )
  return found.filter((work) => work !== undefined)
}

/** What stands in the line of a request that was answered well. */
function successOf(method: string, route: string): RegExp {
  const at = route.replace(/[.*]/g, '\\$&')
  return new RegExp(
    `"http.request.method":"${method}","http.route":"${at}","http.response.status_code":[123]`,
  )
}

async function failedJobs({ lines }: Sources): Promise<readonly FailedWork[]> {
  const failures = (await lines('job.failed')).slice(-LOOKED_AT)
  const found = await Promise.all(
    failures.map(async (failure): Promise<FailedWork | undefined> => {
      const { request_id: request, 'job.id': job, 'job.queue': queue } = failure.fields
      if (request === undefined || job === undefined || queue === undefined) return undefined
      const runs = await lines('job.run', `"job.id":"${job}"`)
      const isOver = runs.some(
        ({ time, fields }) => time > failure.time && fields['job.outcome'] === 'completed',
      )
      return isOver ? undefined : describe(failure, request, queue)
    }),
  )
  return found.filter((work) => work !== undefined)
}

function describe({ time, fields }: LogLine, request: string, what: string): FailedWork {
  const sqlstate = fields['db.response.status_code'] ?? null
  return { request, what, code: fields['error.code'] ?? null, sqlstate, time }
}
