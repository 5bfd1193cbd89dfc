import { afterEach, expect, test } from 'vitest'
import { runInContext } from './context.ts'
import type { Id } from './id.ts'
import { configureLogging, type LoggerName, type LogSetup, log } from './log.ts'

const MARKER = 'Zoé Marqueur'
const UUID = '0198f3a2-7a55-7c11-9d34-0242ac120002' as Id
const ANOTHER = '0198f3a2-7a55-7c11-9d34-0242ac120003' as Id

afterEach(() => configureLogging(undefined))

function record(setup: Partial<LogSetup> = {}) {
  const written = { app: [] as string[], audit: [] as string[], dropped: 0 }
  configureLogging({
    app: { write: (line) => void written.app.push(line) },
    audit: { write: (line) => void written.audit.push(line) },
    now: () => new Date('2026-03-04T05:06:07.089Z'),
    onDropped: (count) => {
      written.dropped += count
    },
    ...setup,
  })
  return {
    ...written,
    get dropped() {
      return written.dropped
    },
    first: () => JSON.parse(written.app[0] ?? ''),
  }
}

test('a line is one JSON object that begins with time, level, severity, logger, event, request id and user', () => {
  const written = record()
  runInContext(
    { requestId: 'request-1', actor: { kind: 'user', id: UUID, ref: ANOTHER, role: 'marker' } },
    () => log.grading.info('lock.taken', { 'copy.id': ANOTHER, 'copy.version': 2 }),
  )
  expect(written.app).toEqual([
    `{"time":"2026-03-04T05:06:07.089Z","level":"INFO","severity_number":9,"logger":"grading","event":"lock.taken",` +
      `"request_id":"request-1","user_id":"${UUID}","copy.id":"${ANOTHER}","copy.version":2}\n`,
  ])
})

test.each([
  ['debug', 'DEBUG', 5],
  ['info', 'INFO', 9],
  ['warning', 'WARNING', 13],
  ['error', 'ERROR', 17],
  ['critical', 'CRITICAL', 21],
] as const)('the level %s is written as %s with the severity %i', (method, level, severity) => {
  const written = record({ debug: true })
  log.app[method]('process.started')
  expect(written.first()).toMatchObject({ level, severity_number: severity })
})

test('lines for debugging are written only when they are asked for', () => {
  const written = record()
  log.app.debug('process.started')
  expect(written.app).toEqual([])
})

test('the audit logger has a destination of its own, and each line names its logger', () => {
  const written = record()
  const names = Object.keys(log) as LoggerName[]
  for (const name of names) log[name].info('process.started')
  expect(names).toEqual(['http', 'audit', 'grading', 'metrics', 'security', 'jobs', 'app'])
  expect(written.audit.map((line) => JSON.parse(line).logger)).toEqual(['audit'])
  expect(written.app.map((line) => JSON.parse(line).logger)).toEqual(names.filter((name) => name !== 'audit'))
})

test('what the current job and copy are is on every line without being said', () => {
  const written = record()
  const context = {
    requestId: 'request-1',
    actor: { kind: 'system' },
    jobId: UUID,
    attempt: 2,
    copyId: ANOTHER,
  } as const
  runInContext(context, () => log.jobs.info('job.run', { 'job.outcome': 'retry' }))
  expect(written.first()).toMatchObject({
    request_id: 'request-1',
    user_id: 'system',
    'job.id': UUID,
    'job.attempt': 2,
    'copy.id': ANOTHER,
    'job.outcome': 'retry',
  })
})

test('what nobody registered and what does not fit leaves no trace but a count', () => {
  const written = record()
  log.app.info('copies.dispatched', {
    copies: MARKER,
    'exam.id': MARKER,
    [MARKER]: MARKER,
    msg: MARKER,
    pages: 3,
  } as never)
  expect(written.first()).toMatchObject({ copies: '[dropped]', 'exam.id': '[dropped]', pages: 3 })
  expect(written.app.join()).not.toContain('Marqueur')
  expect(written.dropped).toBe(4)
})

test('an event that is not of the catalogue is dropped too', () => {
  const written = record()
  log.app.info(`signed in: ${MARKER}` as 'session.opened')
  expect(written.first()).toMatchObject({ event: '[dropped]' })
  expect(written.dropped).toBe(1)
})

test('a request id or an actor that does not have its form is dropped too', () => {
  const written = record()
  const marker = MARKER as Id
  const actor = { kind: 'user', id: marker, ref: marker, role: MARKER } as const
  runInContext({ requestId: MARKER, traceparent: `00-${MARKER}-01`, actor, jobId: marker }, () =>
    log.app.info('process.started'),
  )
  expect(written.first()).toMatchObject({
    request_id: '[dropped]',
    user_id: '[dropped]',
    trace_id: '[dropped]',
    'job.id': '[dropped]',
  })
  expect(written.app.join()).not.toContain('Marqueur')
  expect(written.dropped).toBe(4)
})

test('an operator and the system are named by their kind', () => {
  const written = record()
  runInContext({ requestId: 'request-1', actor: { kind: 'operator', ref: ANOTHER } }, () =>
    log.app.info('account.created'),
  )
  expect(written.first()).toMatchObject({ user_id: 'operator' })
  expect(written.app.join()).not.toContain('Marqueur')
})

test('a field cannot pass itself off as the head of a line', () => {
  const written = record()
  const forged = { request_id: 'forged-id', user_id: UUID, logger: 'audit', event: 'lock.taken', time: 'now' }
  runInContext({ requestId: 'request-1', actor: { kind: 'system' } }, () =>
    log.app.info('process.started', forged as never),
  )
  expect(written.first()).toMatchObject({
    request_id: 'request-1',
    user_id: 'system',
    logger: 'app',
    event: 'process.started',
  })
  expect(written.dropped).toBe(5)
})

test('an error is described and never quoted', () => {
  const written = record()
  log.app.error(
    'http.failed',
    { 'error.code': 'internal' },
    new TypeError(MARKER, { cause: new RangeError(MARKER) }),
  )
  expect(written.first()).toMatchObject({
    'exception.type': 'TypeError',
    'exception.cause.type': 'RangeError',
    'error.code': 'internal',
    'exception.stacktrace': [expect.stringMatching(/^observability\/log\.test\.ts:\d+:/)],
  })
  expect(written.app.join()).not.toContain('Marqueur')
  expect(written.dropped).toBe(0)
})

test('before the destinations are known, lines go nowhere and nothing fails', () => {
  expect(() => log.app.critical('process.crashed', {}, new Error(MARKER))).not.toThrow()
})
