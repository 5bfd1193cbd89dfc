import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { buildServer, type ServerOptions } from '../../src/http/server.ts'
import type { Id } from '../../src/observability/id.ts'
import { AppError } from '../../src/platform/errors.ts'
import { defineRoute, type RawRoute, type Route } from '../../src/platform/http-route.ts'
import { newId } from '../../src/platform/ids.ts'

const ORIGIN = 'https://paraph.test'
const answer = z.object({ ok: z.boolean() })

const ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/open/:name',
    summary: 'Open to all; slow on request.',
    access: 'public',
    params: z.object({ name: z.string() }),
    response: answer,
    handle: async ({ params }) => {
      if (params.name === 'slow') await sleep(400)
      return { ok: true }
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/open/:name',
    summary: 'Takes a body.',
    access: 'public',
    body: z.object({ points: z.number() }),
    response: answer,
    handle: async () => ({ ok: true }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/uploads',
    summary: 'Takes a file of an administrator.',
    access: { roles: ['admin'], ownership: 'none' },
    takesUpload: true,
    response: answer,
    handle: async ({ upload }) => {
      const file = await upload()
      for await (const chunk of file.content) {
        if (String(chunk).includes('unwanted')) throw new AppError('not-a-pdf', { title: 'Not this.' })
      }
      return { ok: true }
    },
  }),
]

const RAW_ROUTES: readonly RawRoute[] = [
  {
    method: 'POST',
    path: '/api/auth/sign-in/email',
    summary: 'Signs in.',
    response: answer,
    isSignIn: true,
    handle: async () => Response.json({ ok: true }),
  },
]

const ids = new Map<string, Id>()

/** The id of the account of that name, the same each time. */
function idOf(name: string): Id {
  const id = ids.get(name) ?? newId()
  ids.set(name, id)
  return id
}

/** The HTTP frame with three small routes and a sign-in; `cookie: account=NAME` is an administrator. */
export function buildFrame(options: Partial<ServerOptions> = {}): Promise<FastifyInstance> {
  return buildServer({
    routes: ROUTES,
    rawRoutes: RAW_ROUTES,
    findSession: async (headers) => {
      const name = headers.get('cookie')?.replace('account=', '')
      return name ? { accountId: idOf(name), actorRef: idOf(name), role: 'admin' } : undefined
    },
    ownership: {
      'assigned-copy': async () => true,
      'exam-marker': async () => true,
      'released-copy': async () => true,
    },
    onDenied: async () => undefined,
    origins: [ORIGIN],
    readiness: [],
    version: '0.0.0',
    limits: { signIns: 1_000, requests: 10_000 },
    trustedProxies: [],
    ...options,
  })
}
