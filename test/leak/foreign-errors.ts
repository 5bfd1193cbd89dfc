import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import pg from 'pg'
import { z } from 'zod'
import type { Canary } from './canaries.ts'

/** What is thrown by the work, with what the log must say of it. */
export type Throws = readonly [
  name: string,
  path: string,
  outcome: string,
  work: (canary: Canary, folder: string) => unknown,
]

/** Real ones, of the file system, of Node and of libraries. */
export const FOREIGN_ERRORS: readonly Throws[] = [
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
    'a database that refuses the connection',
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
