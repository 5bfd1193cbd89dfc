import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import type { ErrorCode } from '../observability/error-codes.ts'
import { openDatabase } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { problemSchema, STATUS_OF_CODE, toProblem, translate } from './problem.ts'

const MARKER = 'ZoeMarqueur'
const withCode = (code: unknown) =>
  Object.assign(new Error(MARKER), { code, detail: MARKER, statusCode: 418 })

test.each(Object.entries(STATUS_OF_CODE) as [ErrorCode, number][])(
  '%s is said with the status %i, its title and its state',
  (code, status) => {
    const error = new AppError(code, { title: 'A sentence.', problem: { currentStatus: 'READY' } })
    const problem = toProblem(error, 'request-1')
    expect(problem).toEqual({
      type: `/docs/errors/${code}`,
      title: 'A sentence.',
      status,
      code,
      requestId: 'request-1',
      currentStatus: 'READY',
    })
    expect(problemSchema.safeParse(problem).success).toBe(true)
  },
)

test('no further member can take the place of one of the five', () => {
  const problem = { status: 200, code: 'fine', requestId: 'forged', type: 'x', title: 'x' }
  expect(toProblem(new AppError('not-found', { title: 'No.', problem }), 'request-1')).toEqual({
    type: '/docs/errors/not-found',
    title: 'No.',
    status: 404,
    code: 'not-found',
    requestId: 'request-1',
  })
})

test.each<[string, unknown]>([
  ['a foreign error', new TypeError(MARKER)],
  ['a foreign error with a status of its own', withCode('ERR_TEAPOT')],
  ['an error whose code is a number', withCode(404)],
  ['a violation of a constraint', withCode('23505')],
  [
    'an error of ours that has no status',
    new AppError('blob-missing', { title: MARKER, problem: { name: MARKER } }),
  ],
  ['a text', MARKER],
  ['an object', { code: MARKER, status: 404 }],
  ['nothing', undefined],
  ['null', null],
])('%s shows as internal, with nothing of its own', (_title, error) => {
  expect(toProblem(error, 'request-1')).toEqual({
    type: '/docs/errors/internal',
    title: 'Something went wrong on our side.',
    status: 500,
    code: 'internal',
    requestId: 'request-1',
  })
})

test('what was thrown stays the cause of what it is translated to', () => {
  const error = withCode('FST_ERR_CTP_BODY_TOO_LARGE')
  expect(translate(error)).toMatchObject({ code: 'too-large', cause: error })
  const own = new AppError('not-found', { title: 'No.' })
  expect(translate(own)).toBe(own)
})

test.each(['08006', '08001', '57P01', '57P03', '53300', 'ECONNREFUSED'])(
  'the database that cannot be reached (%s) is a 503 to be tried again',
  (code) => {
    expect(translate(withCode(code))).toMatchObject({
      code: 'database-unavailable',
      retryable: true,
      retryAfterSeconds: 5,
    })
  },
)

test('a database that is not there, really, is a 503', async () => {
  const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/nothing', { applicationName: 'paraph-test' })
  const error = await nowhere
    .transaction()
    .execute(async () => undefined)
    .catch((reason: unknown) => reason)
  await nowhere.destroy()
  expect(toProblem(error, 'request-1')).toMatchObject({ status: 503, code: 'database-unavailable' })
})

test('the words of node-postgres for a lost connection are those that we know', () => {
  const folder = (name: string) =>
    join(import.meta.dirname, '../../node_modules', name, name === 'pg' ? 'lib' : '.')
  const source = ['pg', 'pg-pool']
    .flatMap((name) => readdirSync(folder(name)).map((file) => join(folder(name), file)))
    .filter((path) => path.endsWith('.js'))
    .map((path) => readFileSync(path, 'utf8'))
    .join()
  expect(pg.Pool).toBeDefined()
  const words = [
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ]
  for (const message of words) {
    expect(source).toContain(message)
    expect(toProblem(new Error(message), 'request-1')).toMatchObject({
      status: 503,
      code: 'database-unavailable',
    })
  }
})
