import { inspect } from 'node:util'
import pg from 'pg'
import { AppError } from '../../src/platform/errors.ts'
import type { Canary } from './canaries.ts'
import type { Throws } from './foreign-errors.ts'

const withMembers = (canary: Canary, members: object) =>
  Object.assign(new Error(canary.text('input')), members)

const SOURCES = new URL('../../src/', import.meta.url).pathname

/** Made ones, which hold a marker wherever an error can hold something. */
export const MADE_ERRORS: readonly Throws[] = [
  ['the message of an error', 'the message', 'Error', (canary) => withMembers(canary, {})],
  [
    'the name of an error',
    'the name',
    'Error',
    (canary) => withMembers(canary, { name: canary.text('name') }),
  ],
  [
    'the code of an error',
    'the code, in every shape that codes have',
    'Error',
    (canary) => withMembers(canary, { code: canary.capitals('input') }),
  ],
  [
    'the code of an error, as a word',
    'the code, in lower case',
    'Error',
    (canary) => withMembers(canary, { code: canary.token('input') }),
  ],
  [
    'the system call of an error',
    'syscall, path, dest, address, hostname',
    'Error enoent',
    (canary) =>
      withMembers(canary, {
        code: 'ENOENT',
        syscall: canary.word('input'),
        path: canary.text('input'),
        dest: canary.text('input'),
        address: canary.text('input'),
        hostname: canary.text('input'),
      }),
  ],
  [
    'members of an error',
    'members by any name',
    'Error',
    (canary) =>
      withMembers(canary, {
        [canary.text('input')]: canary.text('input'),
        student: { name: canary.text('name') },
        detail: canary.text('input'),
        query: canary.text('input'),
        parameters: [canary.text('input')],
        statusCode: canary.text('input'),
      }),
  ],
  [
    'the cause of an error',
    'a cause in a cause in a cause',
    'TypeError',
    (canary) =>
      new TypeError('a', {
        cause: new Error('b', { cause: withMembers(canary, { code: canary.text('input') }) }),
      }),
  ],
  [
    'a cause that is no error',
    'a text, and an object',
    'Error',
    (canary) => new Error('a', { cause: { message: canary.text('input'), code: canary.text('input') } }),
  ],
  [
    'several errors in one',
    'the members of an AggregateError',
    'AggregateError',
    (canary) => new AggregateError([withMembers(canary, {}), canary.text('input')], canary.text('input')),
  ],
  [
    'a suppressed error',
    'both errors of a SuppressedError',
    'SuppressedError',
    (canary) => new SuppressedError(withMembers(canary, {}), withMembers(canary, {}), canary.text('input')),
  ],
  [
    'lines of a stack',
    'frames that look like ours',
    'Error',
    (canary) =>
      withMembers(canary, {
        stack: `Error: x\n    at ${canary.word('input')} (${SOURCES}platform/ids.ts:1:1)\n    at newId (${SOURCES}${canary.word('input')}.ts:1:1)`,
      }),
  ],
  [
    'a message that looks like a stack',
    'frames in the message',
    'Error',
    (canary) => new Error(`no\n    at ${canary.word('input')} (${SOURCES}platform/ids.ts:1:1)`),
  ],
  [
    'the name of a function',
    'a function named after data, on the stack',
    'Error',
    (canary) => {
      const byName = {
        [canary.word('input')]: () => {
          throw new Error('no')
        },
      }
      byName[canary.word('input')]?.()
    },
  ],
  [
    'the name of a class of errors',
    'a class named after data',
    'Error',
    (canary) => {
      const byName = { [canary.word('input')]: class extends Error {} }
      const Named = byName[canary.word('input')] ?? Error
      throw new Named('no')
    },
  ],
  [
    'an error that prints itself',
    'toString, toJSON, inspect, toPrimitive',
    'Error',
    (canary) => {
      const say = () => canary.text('input')
      return withMembers(canary, {
        toString: say,
        toJSON: say,
        [inspect.custom]: say,
        [Symbol.toPrimitive]: say,
      })
    },
  ],
  [
    'an error that throws when it is read',
    'what its members throw',
    'Unreadable',
    (canary) => {
      const fail = () => {
        throw withMembers(canary, {})
      }
      return Object.defineProperties(new Error('no'), {
        code: { get: fail },
        stack: { get: fail },
        cause: { get: fail },
      })
    },
  ],
  [
    'an error behind a proxy',
    'every member',
    'Error',
    (canary) =>
      new Proxy(new Error('no'), {
        get: (target, key) =>
          key === 'constructor' ? Error : key in target ? canary.text('input') : undefined,
      }),
  ],
  [
    'an error of a database that is not ours',
    'detail, table, constraint, where',
    'DatabaseError 23505',
    (canary) =>
      Object.assign(new pg.DatabaseError(canary.text('input'), 1, 'error'), {
        code: '23505',
        detail: canary.text('input'),
        where: canary.text('input'),
        table: canary.text('input'),
        constraint: canary.text('input'),
        column: canary.text('input'),
      }),
  ],
  [
    'an exception of the web',
    'message and name',
    'DOMException',
    (canary) => new DOMException(canary.text('input'), canary.text('name')),
  ],
  [
    'an error of ours around a foreign one',
    'the context it gives to the log',
    'AppError internal',
    (canary) =>
      new AppError('internal', {
        title: 'No.',
        logContext: { 'copy.id': canary.text('input'), [canary.text('input')]: 1 } as never,
        cause: withMembers(canary, {}),
      }),
  ],
  [
    'an error of ours with a code that is none',
    'the code, and members of its problem',
    'AppError',
    (canary) =>
      new AppError(canary.token('input') as never, {
        title: canary.text('input'),
        problem: { name: canary.text('name') },
      }),
  ],
  ['a text that is thrown', 'the text', 'NonError', (canary) => canary.text('input')],
  [
    'an object that is thrown',
    'its members',
    'NonError',
    (canary) => ({
      message: canary.text('input'),
      code: canary.token('input'),
      name: canary.text('input'),
      statusCode: 404,
      stack: canary.text('input'),
    }),
  ],
  ['a symbol that is thrown', 'its description', 'NonError', (canary) => Symbol(canary.text('input'))],
]
