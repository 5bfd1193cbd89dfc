import { createServer, type Server } from 'node:http'
import { printMetrics, registry } from './metrics.ts'

/**
 * Serves `/metrics` of this process on a port of its own. It answers 200 whatever fails behind it.
 * Throws the system's error when the port is taken.
 */
export async function startMetricsServer(options: { host: string; port: number }): Promise<{
  port: number
  close(): Promise<void>
}> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
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

function listen(server: Server, options: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
