import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { appendFields, ERROR_FIELDS, type Line } from './fields.ts'
import { describeError } from './opaque-error.ts'

/** Put together, since a word that stands in a source file is allowed as the name of a function. */
const MARKER = ['Zoe', 'Marqueur'].join('')
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** What is thrown by the work. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** What a log line would say of an error. */
function lineOf(error: unknown): Record<string, unknown> {
  const line: Line = { text: '{"first":0', dropped: 0 }
  appendFields(line, describeError(error), ERROR_FIELDS)
  expect(line.dropped, 'nothing that it says is dropped').toBe(0)
  const { first: _, ...said } = JSON.parse(`${line.text}}`)
  return said
}

function withMembers(members: object): Error {
  return Object.assign(new Error(MARKER), members)
}

/** In a transaction, so that nothing stays behind. */
const inPeople = (statement: string) =>
  database.db.transaction().execute(async (tx) => {
    await sql`create temporary table account (name text constraint account_pkey primary key, age int check (age < 20)) on commit drop`.execute(
      tx,
    )
    await sql`insert into account values (${MARKER}, 12)`.execute(tx)
    await sql.raw(statement).execute(tx)
  })

const REAL_ERRORS: Readonly<Record<string, () => unknown>> = {
  'a unique violation of PostgreSQL': () => inPeople(`insert into account values ('${MARKER}', 13)`),
  'a check violation of PostgreSQL': () => inPeople(`insert into account values ('${MARKER}2', 40)`),
  'a value that PostgreSQL cannot cast': () => inPeople(`select '${MARKER}'::int`),
  'a column that PostgreSQL does not know': () => inPeople(`select "${MARKER}" from account`),
  'an exception raised in PostgreSQL': () =>
    inPeople(`do $$ begin raise exception '${MARKER}' using hint = '${MARKER}'; end $$`),
  'a file that is not there': () => readFile(`/tmp/${MARKER}.pdf`),
  'a text that is not JSON': () => JSON.parse(`{"name": ${MARKER}}`),
  'an address that does not parse': () => new URL(MARKER),
  'a parameter of the wrong type': () => Buffer.alloc(MARKER as never),
  'an unknown key and a wrong value': () =>
    z.strictObject({ age: z.number() }).parse({ age: MARKER, [MARKER]: MARKER }),
  'a regular expression that does not parse': () => new RegExp(`(${MARKER}`),
  'several errors in one': () =>
    Promise.any([Promise.reject(new Error(MARKER)), Promise.reject(withMembers({ name: MARKER }))]),
  'an error around one of them': async () => {
    const cause = await thrownBy(() => inPeople(`insert into account values ('${MARKER}', 13)`))
    throw new TypeError(MARKER, { cause })
  },
  'a deep chain of causes': () => {
    let error = new Error(MARKER)
    for (let depth = 0; depth < 20; depth += 1) error = new TypeError(MARKER, { cause: error })
    throw error
  },
  'an error that is its own cause': () => {
    const error = new Error(MARKER)
    error.cause = error
    throw error
  },
  'an error with members of its own': () => {
    throw withMembers({
      name: MARKER,
      code: MARKER,
      student: MARKER,
      severity: MARKER,
      table: MARKER,
      constraint: MARKER,
      syscall: MARKER,
    })
  },
  'an error whose code is an address': () => {
    throw withMembers({ code: `${MARKER.toLowerCase()}@example.org`, syscall: `open /tmp/${MARKER}` })
  },
  'a program that cannot be started': async () => {
    await once(spawn(`/tmp/${MARKER}`), 'exit')
  },
  'a text': () => {
    throw MARKER
  },
  'an object': () => {
    throw { message: MARKER, code: MARKER, stack: `Error: ${MARKER}\n    at ${MARKER} (/x.ts:1:1)` }
  },
  nothing: () => {
    throw undefined
  },
  'an error whose message looks like a frame of ours': () => {
    throw new Error(
      `no\n    at ${MARKER} (${import.meta.filename}:1:1)\n    at describeError (/${MARKER}/a.ts:1:1)`,
    )
  },
  'a function named after data': () => {
    const byName = {
      [MARKER]: () => {
        throw new Error('no')
      },
    }
    byName[MARKER]?.()
  },
  'a function given the name of data, with a space': () => {
    const work = () => {
      throw new Error('no')
    }
    Object.defineProperty(work, 'name', { value: `Object.${MARKER} Exemple` })
    work()
  },
  'an error whose stack was replaced': () => {
    throw withMembers({
      stack: `Error\n    at ${MARKER} (${import.meta.filename}:7:1)\n    at x (${import.meta.dirname}/${MARKER}.ts:1:1)`,
    })
  },
  'an error whose stack is not a text': () => {
    throw withMembers({ stack: { name: MARKER }, constructor: MARKER })
  },
  'an error that throws when it is read': () => {
    throw Object.defineProperty(new Error(MARKER), 'code', {
      get: () => {
        throw new Error(MARKER)
      },
    })
  },
}

describe.each(Object.entries(REAL_ERRORS))('the line of %s', (_title, work) => {
  test('holds nothing of what the error quotes', async () => {
    const line = lineOf(await thrownBy(work))
    // The name of this very file and its functions are sources, not data.
    expect(JSON.stringify(line).toLowerCase()).not.toContain(MARKER.toLowerCase())
    expect(Object.keys(line).filter((key) => !(key in ERROR_FIELDS))).toEqual([])
    expect(line['exception.type']).toMatch(/^[A-Za-z]+$/)
  })
})

test('a violation of a constraint tells which, of which table, and the SQLSTATE', async () => {
  const unique = lineOf(await thrownBy(REAL_ERRORS['a unique violation of PostgreSQL'] ?? (() => undefined)))
  expect(unique).toMatchObject({
    'exception.type': 'DatabaseError',
    'error.code': '23505',
    'db.response.status_code': '23505',
    'db.table': 'account',
    'db.constraint': 'account_pkey',
  })
  const wrapped = lineOf(await thrownBy(REAL_ERRORS['an error around one of them'] ?? (() => undefined)))
  expect(wrapped).toMatchObject({
    'exception.type': 'TypeError',
    'exception.cause.type': 'DatabaseError',
    'exception.cause.code': '23505',
    'db.constraint': 'account_pkey',
  })
})

test('an error of the system tells its code and the call that failed', async () => {
  expect(lineOf(await thrownBy(() => readFile(`/tmp/${MARKER}`)))).toMatchObject({
    'exception.type': 'Error',
    'error.code': 'enoent',
    'system.syscall': 'open',
  })
  expect(
    lineOf(await thrownBy(REAL_ERRORS['a program that cannot be started'] ?? (() => undefined))),
  ).toMatchObject({
    'error.code': 'enoent',
    'system.syscall': 'spawn',
  })
  expect(lineOf(await thrownBy(() => new URL(MARKER)))).toMatchObject({ 'error.code': 'err_invalid_url' })
})

test('the stack names our own sources only, with file, line and function, innermost first', () => {
  function innermost(): never {
    throw new Error(MARKER)
  }
  function outermost(): never {
    return [1].map(innermost) as never
  }
  const line = lineOf(catchSync(outermost))
  expect(line['exception.stacktrace']).toEqual([
    expect.stringMatching(/^observability\/opaque-error\.test\.ts:\d+:innermost$/),
    expect.stringMatching(/^observability\/opaque-error\.test\.ts:\d+:outermost$/),
    expect.stringMatching(/^observability\/opaque-error\.test\.ts:\d+:catchSync$/),
    expect.stringMatching(/^observability\/opaque-error\.test\.ts:\d+:<anonymous>$/),
  ])
})

test('the stack of the cause is told as well, and a frame that both share once', () => {
  function inner(): never {
    throw new Error(MARKER)
  }
  function outer(): never {
    try {
      return inner()
    } catch (cause) {
      throw new Error('no', { cause })
    }
  }
  const frames = lineOf(catchSync(outer))['exception.stacktrace'] as string[]
  expect(frames.filter((frame) => frame.endsWith(':inner'))).toHaveLength(1)
  expect(frames.filter((frame) => frame.endsWith(':catchSync'))).toHaveLength(1)
  expect(frames.length).toBeLessThanOrEqual(12)
})

test('the work of a hundred calls is cut to twelve frames', () => {
  const dive = (depth: number): number => {
    if (depth === 0) throw new Error(MARKER)
    return dive(depth - 1) + 1
  }
  const sources = Array.from(
    { length: 40 },
    (_, index) => `    at dive (${import.meta.filename}:${index + 1}:1)`,
  )
  const error = catchSync(() => dive(100)) as Error
  error.stack = `Error: ${MARKER}\n${sources.join('\n')}`
  expect(lineOf(error)['exception.stacktrace']).toHaveLength(12)
})

function catchSync(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
