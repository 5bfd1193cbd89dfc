import type { FastifyInstance } from 'fastify'
import { createReadiness, httpStatusOf, type ReadinessCheck } from '../observability/readiness.ts'
import type { Throttle } from './request-limits.ts'

/**
 * `/livez`: this process answers. `/readyz`: it can do its work; names of checks, never a text of an exception. Anybody
 * may ask here, and so what a check lacks is told on the port of the metrics alone.
 */
export function mountHealth(
  app: FastifyInstance,
  checks: readonly ReadinessCheck[],
  throttle: Throttle,
): void {
  const readiness = createReadiness(checks.map(({ name, isReady }) => ({ name, isReady })))
  app.get('/livez', (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', async (request, reply) => {
    await throttle.client(request)
    const report = await readiness.ask()
    return reply.status(httpStatusOf(report)).send(report)
  })
}
