import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { inflateSync } from 'node:zlib'
import pg from 'pg'
import { z } from 'zod'
import { reportFailure } from '../../src/bin/failure.ts'
import { toProblem } from '../../src/http/problem.ts'
import { log } from '../../src/observability/log.ts'
import { writeLibraryLog } from '../../src/people/auth-log.ts'
import { AppError } from '../../src/platform/errors.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Canary } from './canaries.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

/** Gives an error to everything that may speak of one; returns what the log has said. */
async function tellEverybody(world: World, error: unknown): Promise<string> {
  for (const level of ['debug', 'info', 'warning', 'error', 'critical'] as const)
    log.app[level]('http.failed', {}, error)
  writeLibraryLog('error', inspect(error), error)
  for (const told of [error, new AppError('internal', { title: 'No.', cause: error })]) {
    log.jobs.error('job.failed', { 'error.code': 'internal' }, told)
    reportFailure(told)
    const problem = JSON.stringify(toProblem(told, newId()))
    world.ledger.add({ name: 'a problem document', content: problem })
  }
  const line = await world.line('http.failed')
  return [line['exception.type'], line['error.code']].filter(Boolean).join(' ')
}

type Throws = readonly [
  name: string,
  path: string,
  outcome: string,
  work: (canary: Canary, folder: string) => unknown,
]

/** Real ones, of the file system, of Node and of libraries. */
const REAL: readonly Throws[] = [
  [
    'a file that is not there',
    'the path of a file',
    'Error enoent',
    (canary, folder) => readFile(join(folder, canary.text('file-name'))),
  ],
  [
    'a file that may not be written',
    'the path of a file',
    'Error eacces',
    (canary, folder) => {
      const path = join(folder, canary.text('file-name'))
      // Closed to everybody, also to root.
      symlinkSync('/proc/sys/kernel/ngroups_max', path)
      return writeFile(path, '')
    },
  ],
  [
    'a disk that is full',
    'the path of a file and what is written',
    'Error enospc',
    (canary, folder) => {
      const path = join(folder, canary.text('file-name'))
      symlinkSync('/dev/full', path)
      return writeFile(path, canary.text('document'))
    },
  ],
  [
    'a folder in the place of a file',
    'the path of a folder',
    'Error eisdir',
    (canary, folder) => {
      mkdirSync(join(folder, canary.text('file-name')))
      return readFile(join(folder, canary.text('file-name')))
    },
  ],
  [
    'a file in the place of a folder',
    'the path of a file',
    'Error enotdir',
    (canary, folder) => {
      writeFileSync(join(folder, canary.text('file-name')), '')
      return readdir(join(folder, canary.text('file-name')))
    },
  ],
  [
    'a folder that is there already',
    'the path of a folder',
    'Error eexist',
    async (canary, folder) => {
      await mkdir(join(folder, canary.text('file-name')))
      await mkdir(join(folder, canary.text('file-name')))
    },
  ],
  [
    'a file that cannot be moved',
    'both paths',
    'Error enoent',
    (canary, folder) =>
      rename(join(folder, canary.text('file-name')), join(folder, canary.text('input'), 'x')),
  ],
  [
    'a name that is too long',
    'the path of a file',
    'Error enametoolong',
    (canary, folder) => readFile(join(folder, canary.text('file-name').repeat(50))),
  ],
  [
    'a program that cannot be started',
    'its path and its arguments',
    'Error enoent',
    (canary, folder) => once(spawn(join(folder, canary.text('input')), [canary.text('input')]), 'exit'),
  ],
  [
    'a text that is no JSON',
    'the text',
    'SyntaxError',
    (canary) => JSON.parse(`{"name": ${canary.text('input')}`),
  ],
  [
    'an address that does not parse',
    'the address',
    'TypeError err_invalid_url',
    (canary) => new URL(canary.text('input')),
  ],
  [
    'a text that cannot be decoded',
    'the text',
    'URIError',
    (canary) => decodeURIComponent(`%zz${canary.text('input')}`),
  ],
  [
    'a pattern that does not parse',
    'the pattern',
    'SyntaxError',
    (canary) => new RegExp(`(${canary.text('input')}`),
  ],
  [
    'an argument of the wrong type',
    'the argument',
    'TypeError err_invalid_arg_type',
    (canary) => Buffer.from({ name: canary.text('input') } as never),
  ],
  [
    'a header that cannot be sent',
    'its value',
    'TypeError err_invalid_char',
    (canary) => request('http://127.0.0.1:1', { headers: { a: `${canary.text('input')}\n` } }),
  ],
  [
    'a host that is not there',
    'its name',
    'Error enotfound',
    (canary) => once(request(`http://${canary.token('input')}.invalid`).end(), 'response'),
  ],
  [
    'bytes that are not compressed',
    'the bytes',
    'Error',
    (canary) => inflateSync(Buffer.from(canary.text('document'))),
  ],
  [
    'what a schema refuses',
    'names of members, values, and a message of its own',
    'ZodError',
    (canary) =>
      z
        .strictObject({ age: z.number({ error: ({ input }) => `not ${input}` }), kind: z.enum(['a']) })
        .parse(
          { age: canary.text('input'), kind: canary.text('input'), [canary.text('name')]: 1 },
          { reportInput: true },
        ),
  ],
  [
    'a database that refuses the login',
    'the password in the address of the database',
    'Error econnrefused',
    async (canary) => {
      const password = encodeURIComponent(canary.text('database-password'))
      const client = new pg.Client({
        connectionString: `postgres://paraph_app:${password}@127.0.0.1:1/paraph`,
      })
      await client.connect()
    },
  ],
]

const withMembers = (canary: Canary, members: object) =>
  Object.assign(new Error(canary.text('input')), members)

/** Made ones, which hold a marker wherever an error can hold something. */
const MADE: readonly Throws[] = [
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
    'the code of an error, as those of libraries',
    'the code, behind ERR_',
    'Error',
    (canary) => withMembers(canary, { code: `ERR_${canary.capitals('input')}` }),
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
        stack: `Error: x\n    at ${canary.word('input')} (${import.meta.dirname}/../../src/platform/ids.ts:1:1)\n    at f (${import.meta.dirname}/../../src/${canary.word('input')}.ts:1:1)`,
      }),
  ],
  [
    'a message that looks like a stack',
    'frames in the message',
    'Error',
    (canary) =>
      new Error(
        `no\n    at ${canary.word('input')} (${new URL('../../src/platform/ids.ts', import.meta.url).pathname}:1:1)`,
      ),
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

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return error
  }
}

export const ERROR_VECTORS: readonly Vector<World>[] = [...REAL, ...MADE].map(
  ([name, path, outcome, work]) => ({
    name,
    path,
    outcome,
    provoke: async (world, canary) => {
      const folder = mkdtempSync(join(tmpdir(), 'paraph-leak-'))
      try {
        return await tellEverybody(world, await thrownBy(() => work(canary, folder)))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }),
)
