import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { printMetrics, registry } from './metrics.ts'

/**
 * Serves `/metrics` of this process on a port of its own. It answers 200 whatever fails behind it, or 401 without the
 * bearer token when there is one. Throws the system's error when the port is taken.
 */
export async function startMetricsServer(options: {
  host: string
  port: number
  token?: string | undefined
}): Promise<{
  port: number
  close(): Promise<void>
}> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
      return
    }
    if (options.token !== undefined && !bearsToken(request, options.token)) {
      response
        .writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'text/plain' })
        .end('who are you\n')
      return
    }
    void printMetrics().then((text) =>
      response
        .writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
        .end(text),
    )
  })
  await listen(server, options)
  const address = server.address()
  return {
    port: address && typeof address === 'object' ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Compared by their hashes in constant time, so that neither length nor prefix shows. */
function bearsToken(request: IncomingMessage, token: string): boolean {
  const hashOf = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hashOf(request.headers.authorization ?? ''), hashOf(`Bearer ${token}`))
}

function listen(server: Server, options: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
