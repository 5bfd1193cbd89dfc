import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { writeFields } from '../observability/fields.ts'
import { describeError } from '../observability/opaque-error.ts'
import { AppError, errorCodeOf } from './errors.ts'

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
  const cause = await readFile(`/tmp/${MARKER}`).catch((error: unknown) => error)
  const error = new AppError('blob-missing', {
    title: MARKER,
    logContext: { id: MARKER },
    problem: { id: MARKER },
    cause,
  })
  const line: Record<string, unknown> = {}
  expect(writeFields(line, describeError(error))).toBe(0)
  expect(line).toMatchObject({
    'exception.type': 'AppError',
    'error.code': 'blob-missing',
    'exception.cause.type': 'Error',
    'exception.cause.code': 'enoent',
    'system.syscall': 'open',
  })
  expect(JSON.stringify(line)).not.toContain(MARKER)
})
