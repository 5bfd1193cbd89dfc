// The peer: the same handler on Express, bare or with what a team commonly adds (winston to a file, one line a request,
// and express-prom-bundle). It has no context that travels, no size limit of its log, and the URL in its line.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import express from 'express'
import promBundle from 'express-prom-bundle'
import winston from 'winston'
import { answer, serve } from './serving.js'

const isObserved = process.argv[2] === 'observed'
const app = express()
app.disable('x-powered-by')
app.set('etag', false)

if (isObserved) {
  const logger = winston.createLogger({
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.File({ filename: join(process.argv[3], 'peer.log') })],
  })
  app.use(promBundle({ includeMethod: true, includePath: true, includeStatusCode: true }))
  app.use((request, response, next) => {
    const startedAt = performance.now()
    const requestId = request.get('x-request-id') ?? randomUUID()
    response.set('x-request-id', requestId)
    response.on('finish', () => {
      logger.info('http.request', {
        logger: 'http',
        request_id: requestId,
        'http.request.method': request.method,
        'http.route': request.route?.path ?? '*',
        'http.response.status_code': response.statusCode,
        duration_ms: Math.round((performance.now() - startedAt) * 100) / 100,
      })
    })
    next()
  })
}
app.get('/hello/:id', (request, response) => {
  response.json(answer(request.params.id))
})

const server = app.listen(0, '127.0.0.1', () => serve(server.address().port))
