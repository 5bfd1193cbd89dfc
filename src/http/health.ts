import type { FastifyInstance } from 'fastify'
import { SECOND } from '../platform/units.ts'
import type { Throttle } from './request-limits.ts'

export type ReadinessCheck = { readonly name: string; readonly isReady: () => Promise<boolean> }

const READINESS_LIMIT_MS = 2 * SECOND

/** `/livez`: this process answers. `/readyz`: it can do its work; names of checks, never a text of an exception. */
export function mountHealth(
  app: FastifyInstance,
  checks: readonly ReadinessCheck[],
  throttle: Throttle,
): void {
  app.get('/livez', (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', async (request, reply) => {
    await throttle.client(request)
    const results = await Promise.all(
      checks.map(async (check) => [check.name, await stateOf(check)] as const),
    )
    const isReady = results.every(([, state]) => state === 'ok')
    return reply
      .status(isReady ? 200 : 503)
      .send({ status: isReady ? 'ok' : 'failing', checks: Object.fromEntries(results) })
  })
}

/** A check that throws or takes too long fails; it never keeps the others from being told. */
async function stateOf(check: ReadinessCheck): Promise<'ok' | 'failing'> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), READINESS_LIMIT_MS)
  })
  try {
    return (await Promise.race([check.isReady(), limit])) === true ? 'ok' : 'failing'
  } catch {
    return 'failing'
  } finally {
    clearTimeout(timer)
  }
}
