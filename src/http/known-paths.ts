import type { FastifyInstance } from 'fastify'
import { AppError } from '../platform/errors.ts'

/** One thing that can be asked for. `path` is a template such as `/api/copies/:copyId`; a `*` at its end is any rest. */
export type Endpoint = { readonly method: string; readonly path: string }

/** Collects what is mounted from now on; the list grows with each route. */
export function collectEndpoints(app: FastifyInstance): readonly Endpoint[] {
  const endpoints: Endpoint[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) endpoints.push({ method: one, path: url })
  })
  return endpoints
}

/**
 * What to say to a request that no route takes, and the methods that its address does know: `method-not-allowed` when
 * there are any, else `not-found`.
 */
export function refuseUnrouted(
  endpoints: readonly Endpoint[],
  url: string,
): { readonly error: AppError; readonly allow: readonly string[] } {
  const path = url.split('?')[0] ?? ''
  const allow = endpoints
    .filter((endpoint) => patternOf(endpoint.path).test(path))
    .map(({ method }) => method)
  const error =
    allow.length === 0
      ? new AppError('not-found', { title: 'There is nothing here.' })
      : new AppError('method-not-allowed', { title: 'This cannot be done with this address.' })
  return { error, allow: [...new Set(allow)].sort() }
}

const patterns = new Map<string, RegExp>()

function patternOf(template: string): RegExp {
  const known = patterns.get(template)
  if (known) return known
  const escaped = template
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace(/\\\*$/, '.+')
  const pattern = new RegExp(`^${escaped}$`)
  patterns.set(template, pattern)
  return pattern
}
