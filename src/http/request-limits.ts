import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import { MINUTE } from '../platform/units.ts'

/** How much one client may ask for. Counts are kept in memory, by address or account, and are never written anywhere. */
export type RequestLimits = {
  /** Tries to sign in from one address, in ten minutes. */
  readonly signIns: number
  /** Requests of one account, or of one address that is not signed in, in a minute. */
  readonly requests: number
}

/** Each throws `too-many-requests` with the time to wait. */
export type Throttle = {
  signIn(request: FastifyRequest): Promise<void>
  /** Of an address; a network of IPv6 (/64) counts as one. */
  client(request: FastifyRequest): Promise<void>
  account(request: FastifyRequest, accountId: Id): Promise<void>
}

/**
 * Makes the counters of a server, of 5,000 clients each; more push out the oldest. Addresses are those of the
 * connection, or what a trusted proxy says.
 */
export async function createThrottle(app: FastifyInstance, limits: RequestLimits): Promise<Throttle> {
  await app.register(rateLimit, { global: false })
  const accounts = new WeakMap<FastifyRequest, string>()
  const bySignIn = app.createRateLimit({ max: limits.signIns, timeWindow: 10 * MINUTE })
  const byClient = app.createRateLimit({ max: limits.requests, timeWindow: 1 * MINUTE })
  const byAccount = app.createRateLimit({
    max: limits.requests,
    timeWindow: 1 * MINUTE,
    keyGenerator: (request) => accounts.get(request) ?? '',
  })

  async function assertWithin(limit: typeof byClient, request: FastifyRequest): Promise<void> {
    const state = await limit(request)
    if (state.isAllowed || !state.isExceeded) return
    log.security.warning('access.denied', { 'error.code': 'too-many-requests' })
    throw new AppError('too-many-requests', {
      title: 'Too many requests; wait before the next one.',
      retryAfterSeconds: Math.max(1, state.ttlInSeconds),
    })
  }

  return {
    signIn: (request) => assertWithin(bySignIn, request),
    client: (request) => assertWithin(byClient, request),
    account: (request, accountId) => {
      accounts.set(request, accountId)
      return assertWithin(byAccount, request)
    },
  }
}
