import { inspect } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { WAYS_OF_PRINTING } from '../../test/support/ways-of-printing.ts'
import { log } from './log.ts'
import { conceal, isSameText, jsonOf, reveal, Sensitive } from './sensitive.ts'

const MARKER = 'Zoé Marqueur'
const name = new Sensitive(MARKER)
const nested = new Sensitive({ name: MARKER, list: [MARKER] })

/** What somebody would write who does not know better. */
class Ordinary {
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
  toString(): string {
    return this.value
  }
}

describe.each(Object.entries(WAYS_OF_PRINTING))('printed through %s', (_way, print) => {
  const printed = async (value: unknown) => String(await print(value as string))

  test('a sensitive value shows nothing of itself', async () => {
    expect(await printed(name)).not.toMatch(/Zoé|Marq/)
    expect(await printed(nested)).not.toMatch(/Zoé|Marq/)
  })

  test('an ordinary value shows itself, so that the way is a way', async () => {
    expect(await printed(new Ordinary(MARKER))).toContain('Marq')
  })
})

test('the ways are many', () => {
  expect(Object.keys(WAYS_OF_PRINTING).length).toBeGreaterThanOrEqual(40)
})

test('what is printed instead says that something was left out', () => {
  expect(`${name} ${JSON.stringify(name)} ${inspect(name)}`).toBe('[redacted] "[redacted]" [redacted]')
})

test('revealing is the only way out, and gives back the very value', () => {
  expect(reveal(name, 'seal')).toBe(MARKER)
  expect(reveal(nested, 'show-to-entitled-user').list).toEqual([MARKER])
})

test('what never was sensitive cannot be revealed', () => {
  // A column that SQL computed with is typed as sensitive and is not.
  expect(() => reveal(MARKER as unknown as Sensitive<string>, 'seal')).toThrow(TypeError)
  expect(() => reveal({ ...name } as Sensitive<string>, 'seal')).toThrow(TypeError)
})

test('a missing value stays missing when values are concealed', () => {
  expect([conceal(null), conceal(undefined)]).toEqual([null, undefined])
  expect([conceal(''), conceal(0), conceal(false)].map((value) => reveal<unknown>(value, 'seal'))).toEqual([
    '',
    0,
    false,
  ])
  expectTypeOf(conceal('a' as string | null)).toEqualTypeOf<Sensitive<string> | null>()
})

test.each([
  ['secret', 'secret', true],
  ['secret', 'secreT', false],
  ['secret', 'secrets', false],
  ['é', 'e\u0301', false],
  ['', '', true],
])('%j and %j are the same: %s, without either being revealed', (a, b, same) => {
  expect(isSameText(new Sensitive(a), new Sensitive(b))).toBe(same)
})

test('the module holds no value that can be reached from outside', async () => {
  const everything = inspect(await import('./sensitive.ts'), { showHidden: true, getters: true, depth: null })
  expect(everything).not.toMatch(/Zoé|Marq/)
})

test('the methods of a sensitive value cannot be replaced', () => {
  expect(() => Object.assign(name, { toString: () => MARKER })).toThrow(TypeError)
})

test('a sensitive value, an invented event and an unknown field do not compile in a log line', () => {
  // Never called: only the compiler reads it, and an expectation that no longer holds is an error of `tsc`.
  const lines = () => {
    // @ts-expect-error a person's value is not the value of a field
    log.app.info('copies.dispatched', { copies: name })
    // @ts-expect-error nor of a field of words
    log.app.info('copies.dispatched', { 'error.code': name })
    // @ts-expect-error nor the event
    log.app.info(name)
    // @ts-expect-error an event is a literal of the catalogue, not a sentence
    log.app.info(`copies of ${name} dispatched`)
    // @ts-expect-error nor any string
    log.app.info('pupil signed in' as string)
    // @ts-expect-error a field must be registered
    log.app.info('copies.dispatched', { 'student.name': MARKER })
    // @ts-expect-error a closed list takes its words only
    log.app.info('lock.conflict', { 'conflict.type': MARKER })
    // @ts-expect-error there is no line without an event
    log.app.info({ copies: 1 })
    // @ts-expect-error there is no child logger to hang values on
    log.app.child({ name: MARKER })
  }
  expectTypeOf(lines).toBeFunction()
  expectTypeOf(name).not.toEqualTypeOf<Sensitive<number>>()
  expectTypeOf(name).not.toExtend<string>()
  expectTypeOf(name).not.toExtend<Sensitive<number>>()
  expectTypeOf(reveal<string>).returns.toEqualTypeOf<string>()
  // @ts-expect-error a purpose is one of the list
  expect(reveal(name, 'curiosity')).toBe(MARKER)
})

describe('a sensitive value as a parameter of a statement', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  test('reaches the database without being revealed', async () => {
    const statement = sql<{ same: boolean; first: boolean; json: boolean }>`
      select ${name}::text = ${MARKER} as same, (${new Sensitive([MARKER, 'b'])}::text[])[1] = ${MARKER} as first,
             ${jsonOf(nested)}::jsonb -> 'list' ->> 0 = ${MARKER} as json`
    const { rows } = await statement.execute(database.db)
    expect(rows).toEqual([{ same: true, first: true, json: true }])
  })
})
