import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { appendFields, ERROR_FIELDS, type Line } from '../observability/fields.ts'
import { describeError } from '../observability/opaque-error.ts'
import { AppError, errorCodeOf } from './errors.ts'
import { newId } from './ids.ts'

const MARKER = 'ZoeMarqueur'

test('an error of ours has its code, and nothing more unless it is said', () => {
  const error = new AppError('not-found', { title: 'There is nothing here.' })
  expect(error).toMatchObject({
    name: 'AppError',
    message: 'not-found',
    code: 'not-found',
    title: 'There is nothing here.',
    logContext: {},
    problem: {},
    retryable: false,
    retryAfterSeconds: undefined,
  })
  expect('cause' in error).toBe(false)
})

test('everything else that is thrown counts as internal, whatever code it claims', () => {
  const thrown = [
    new Error('no'),
    Object.assign(new Error('no'), { code: 'not-found' }),
    'text',
    undefined,
    { code: 'x' },
  ]
  expect(thrown.map(errorCodeOf)).toEqual(['internal', 'internal', 'internal', 'internal', 'internal'])
  expect(errorCodeOf(new AppError('lock-expired', { title: 'no' }))).toBe('lock-expired')
})

test('a log line tells the code of an error of ours and what caused it, and quotes neither', async () => {
  const id = newId()
  const cause = await readFile(`/tmp/${MARKER}`).catch((error: unknown) => error)
  const error = new AppError('blob-missing', {
    title: MARKER,
    logContext: { 'copy.id': id, 'page.index': 3, name: MARKER } as never,
    problem: { id: MARKER },
    cause,
  })
  const said: Line = { text: '{"first":0', dropped: 0 }
  appendFields(said, describeError(error), ERROR_FIELDS)
  expect(said.dropped, 'the name, which nobody registered').toBe(1)
  const line = JSON.parse(`${said.text}}`)
  expect(line).toMatchObject({
    'copy.id': id,
    'page.index': 3,
    'exception.type': 'AppError',
    'error.code': 'blob-missing',
    'exception.cause.type': 'Error',
    'exception.cause.code': 'enoent',
    'system.syscall': 'open',
  })
  expect(JSON.stringify(line)).not.toContain(MARKER)
})
