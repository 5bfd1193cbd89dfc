// The same handler on Fastify, bare or with everything that Paraph does to observe a request.
import { join } from 'node:path'
import Fastify from 'fastify'
import { declareRoutes } from '../../src/http/metrics.ts'
import { observeRequests } from '../../src/http/observation.ts'
import { configureLogging } from '../../src/observability/log.ts'
import { openRotatingFile } from '../../src/observability/rotating-file.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { answer, serve } from './serving.js'

const [, , mode, folder = ''] = process.argv
const app = Fastify({ logger: false })
const path = '/hello/:id'

if (mode === 'observed') {
  const logs = join(folder, 'logs')
  configureLogging({
    audit: openRotatingFile(join(logs, 'audit.log')),
    app: openRotatingFile(join(logs, 'app.log')),
    now: systemClock.now,
  })
  declareRoutes([{ method: 'GET', path, status: 200 }])
  observeRequests(app)
}
app.get<{ Params: { id: string } }>(path, (request, reply) => {
  reply.send(answer(request.params.id))
})
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
serve(address && typeof address === 'object' ? address.port : 0)
