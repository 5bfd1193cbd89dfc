import { format, inspect } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { log } from './log.ts'
import { reveal, Sensitive } from './sensitive.ts'

const MARKER = 'Zoé Marqueur'
const name = new Sensitive(MARKER)
const nested = new Sensitive({ name: MARKER, list: [MARKER] })

const WAYS_OF_PRINTING: Readonly<Record<string, (value: Sensitive<unknown>) => unknown>> = {
  'a template': (value) => `${value}`,
  // biome-ignore lint/style/useTemplate: concatenation is what is tried here
  concatenation: (value) => 'for ' + value,
  String: (value) => String(value),
  'an array joined': (value) => [value, value].join(),
  JSON: (value) => JSON.stringify({ value, list: [value] }),
  'a JSON replacer': (value) => JSON.stringify({ value }, (_key, inner) => inner),
  inspect: (value) => inspect({ value }),
  'inspect that shows all': (value) =>
    inspect(value, { showHidden: true, getters: true, depth: null, showProxy: true }),
  'inspect without its custom form': (value) =>
    inspect(value, { customInspect: false, showHidden: true, getters: true, depth: null }),
  format: (value) => format('%s %o %O %j %d', value, value, value, value, value),
  spreading: (value) => inspect({ ...value }),
  'a copy by Object.assign': (value) => inspect(Object.assign({}, value)),
  'all property names': (value) => inspect(Reflect.ownKeys(value).map((key) => Reflect.get(value, key))),
  structuredClone: (value) => inspect(structuredClone({ value }), { showHidden: true }),
  "an error's message": (value) => inspect(new Error(`no ${value}`, { cause: value })),
  'a URL': (value) => new URLSearchParams({ value: value as unknown as string }).toString(),
  'a number': (value) => String(Number(value)),
  'a comparison key': (value) => Object.keys({ [value as unknown as string]: 1 }).join(),
  'a property list': (value) => JSON.stringify(Object.entries(value)),
}

describe.each(Object.entries(WAYS_OF_PRINTING))('printed through %s', (_way, print) => {
  test('a sensitive value shows nothing of itself', () => {
    for (const value of [name, nested]) {
      expect(String(print(value))).not.toMatch(/Zoé|Marqueur/)
    }
  })
})

test('what is printed instead says that something was left out', () => {
  expect(`${name} ${JSON.stringify(name)} ${inspect(name)}`).toBe('[redacted] "[redacted]" [redacted]')
})

test('revealing is the only way out, and gives back the very value', () => {
  expect(reveal(name, 'seal')).toBe(MARKER)
  expect(reveal(nested, 'show-to-entitled-user').list).toEqual([MARKER])
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
    const { rows } = await sql<{ same: boolean; first: string }>`
      select ${name}::text = ${MARKER} as same, (${new Sensitive([MARKER, 'b'])}::text[])[1] as first`.execute(
      database.db,
    )
    expect(rows).toEqual([{ same: true, first: MARKER }])
  })
})
