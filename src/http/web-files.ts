import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CSP_OF_PAGES } from './security-headers.ts'

/** Addresses that are never a screen: what is not found below them is a problem document. */
const NOT_A_SCREEN = /^\/(api|docs|assets|metrics|livez|readyz)(\/|$)/
const YEAR_SECONDS = 31_536_000
/** Names that hold a hash of their content. */
const HASHED = /^\/assets\//

/** Answers a request that no route takes, if it is one for the web application; undefined if it is not. */
export type ServeWeb = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined

/**
 * Prepares to serve the built web application of a folder; undefined says that there is none. Its files are not routes:
 * they are counted and logged as `*`, whatever their names. Only files that are there now are served.
 */
export async function openWebFiles(app: FastifyInstance, folder: string | undefined): Promise<ServeWeb> {
  if (folder === undefined) return (request, reply) => (isHome(request) ? tellAbsence(reply) : undefined)
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    etag: true,
  })
  const files = new Set(namesOf(folder))
  return (request, reply) => {
    if (!isReading(request)) return undefined
    const path = pathOf(request)
    if (files.has(path)) return sendFile(reply, path)
    return NOT_A_SCREEN.test(path) || !wantsPage(request) ? undefined : sendPage(reply)
  }
}

/** The files as addresses, without the page itself, what the build tells us, and the smaller forms. */
function namesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
    .filter((name) => !/\.(gz|br)$/.test(name) && name !== '/index.html' && name !== '/manifest.json')
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '/'
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isHome(request: FastifyRequest): boolean {
  return isReading(request) && pathOf(request) === '/'
}

/** A browser that opens an address asks for HTML; a program that asks for a screen by mistake gets a problem. */
function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true
}

function sendFile(reply: FastifyReply, path: string): FastifyReply {
  const lifetime = HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache'
  return reply.status(200).header('cache-control', lifetime).sendFile(path)
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply
    .status(200)
    .header('cache-control', 'no-cache')
    .header('content-security-policy', CSP_OF_PAGES)
    .sendFile('index.html')
}

function tellAbsence(reply: FastifyReply): FastifyReply {
  return reply
    .status(200)
    .header('content-type', 'text/plain; charset=utf-8')
    .send(
      'Paraph is running. Its web application was not built: "paraph start" builds it. The API is under /api.\n',
    )
}
