import { PassThrough, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { runInContext } from '../observability/context.ts'
import { AppError } from '../platform/errors.ts'
import type { ProtocolRoute, Session } from '../platform/http-route.ts'
import { tellDenied } from './denial.ts'
import { admit, type MountOptions, parsePart } from './mount.ts'
import { assertOwnOrigin } from './session.ts'

/** The media type of bytes that belong at a place of a larger whole (tus 1.0.0). */
export const BYTES_TYPE = 'application/offset+octet-stream'

/** Lets bodies of bytes through to the routes that take them; they are not read before their handler does. */
export function admitBytes(app: FastifyInstance): void {
  app.addContentTypeParser(BYTES_TYPE, (request, _payload, done) => {
    const isRefused = !request.routeOptions.config.takesBytes
    done(isRefused ? unsupported() : null)
  })
}

function unsupported(): AppError {
  return new AppError('unsupported-media-type', { title: 'This media type is not accepted here.' })
}

/** Mounts a route whose library reads the request: origin, session, role, path and headers are checked before. */
export function mountProtocolRoute(app: FastifyInstance, route: ProtocolRoute, options: MountOptions): void {
  app.route({
    method: route.method,
    url: route.path,
    config: { takesBytes: route.takesBytes },
    handler: (request, reply) =>
      tellDenied(options, request, route.path, () =>
        runInContext(options.contextOf(request), () => serve(route, options, request, reply)),
      ),
  })
}

async function serve(
  route: ProtocolRoute,
  options: MountOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (route.method !== 'HEAD') assertOwnOrigin(request.headers, options.origins)
  const session = (await admit(route.access, options, request)) as Session
  const params = parsePart(route.params, request.params, 'params') as never
  const headers = parsePart(route.headers, request.headers, 'headers') as Record<string, string>
  if (route.takesBytes) options.arrival.allowUpload(request)
  const body = route.takesBytes ? openBody(request) : undefined
  try {
    const asked = new Request(new URL(request.url, options.origins[0]), {
      method: route.method,
      headers,
      ...(body ? { body: body.content, duplex: 'half' } : {}),
    } as RequestInit)
    const response = await runInContext(options.contextOf(request), () =>
      route.handle(asked, session, params),
    )
    for (const [name, value] of response.headers) {
      if (name in route.answerHeaders.shape) reply.header(name, value)
    }
    return reply.status(response.status).send()
  } finally {
    // What a refused request still sends is read and thrown away, so that its sender hears the answer.
    body?.release()
    request.raw.resume()
  }
}

/** The body as a stream that can be left alone in the middle without ending the connection; undefined without one. */
function openBody({
  raw,
  headers,
}: FastifyRequest): { content: ReadableStream; release(): void } | undefined {
  if (headers['content-type'] !== BYTES_TYPE) return undefined
  const bytes = new PassThrough()
  // A sender that is gone ends nothing by itself.
  const breakOff = () => {
    if (!raw.complete) bytes.destroy(new Error('aborted'))
  }
  raw.once('close', breakOff)
  // Whoever reads hears of it.
  bytes.on('error', () => undefined)
  raw.pipe(bytes)
  return {
    content: Readable.toWeb(bytes),
    release: () => {
      raw.off('close', breakOff)
      raw.unpipe(bytes)
      bytes.destroy()
    },
  }
}
