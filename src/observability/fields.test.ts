import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIELDS, type FieldName, writeFields } from './fields.ts'
import { Sensitive } from './sensitive.ts'

const MARKER = 'Zoé Marqueur'
const UUID = '0198f3a2-7a55-7c11-9d34-0242ac120002'

/** What people write where a closed word is expected. */
const PERSONAL = [
  MARKER,
  'zoé',
  'zoe.marqueur@example.org',
  'ZOE MARQUEUR',
  "l'élève",
  '06 12 34 56 78',
  'Zoé_Marqueur.pdf',
  '',
  ' ',
  'a\nb',
  `${UUID}\n`,
  'x'.repeat(200),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  { name: MARKER },
  [MARKER],
  Object(MARKER),
  new Sensitive(MARKER),
  new Date(0),
  () => MARKER,
  Symbol(MARKER),
  10n,
]

function write(fields: object): { line: Record<string, unknown>; dropped: number } {
  const line: Record<string, unknown> = {}
  return { dropped: writeFields(line, fields), line }
}

test.each(Object.keys(FIELDS) as FieldName[])('%s takes nothing that looks like a person', (field) => {
  for (const value of PERSONAL) {
    expect(write({ [field]: value }), String(value)).toEqual({ line: { [field]: '[dropped]' }, dropped: 1 })
  }
})

test('a field that nobody registered leaves neither its value nor its name in the line', () => {
  const fields = {
    [MARKER]: MARKER,
    msg: MARKER,
    err: new Error(MARKER),
    time: MARKER,
    level: 'INFO',
    toString: MARKER,
  }
  expect(write(fields)).toEqual({ line: {}, dropped: 6 })
  expect(write(JSON.parse('{"__proto__":"x","constructor":"x"}'))).toEqual({ line: {}, dropped: 2 })
})

test('any string at all is written only if it has the shape of its field', () => {
  const shapes: Partial<Record<FieldName, RegExp>> = {
    'copy.id': /^[0-9a-f-]{36}$/,
    'error.code': /^[a-z0-9_.:-]{1,64}$/,
    'db.table': /^\w{1,64}$/,
    'http.route': /^[\w/:.*-]{1,120}$/,
  }
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.entries(shapes)),
      fc.string({ unit: 'binary', maxLength: 140 }),
      (shape, text) => {
        const [field, pattern] = shape
        expect(write({ [field]: text }).line[field]).toBe(pattern.test(text) ? text : '[dropped]')
      },
    ),
    { numRuns: 2_000 },
  )
})

test.each<[FieldName, unknown]>([
  ['copy.id', UUID],
  ['job.attempt', 3],
  ['duration_ms', 1.25],
  ['success', false],
  ['copy.status', 'GRADED'],
  ['http.route', '/api/copies/:copyId/lock'],
  ['http.route', '*'],
  ['error.code', 'version-conflict'],
  ['db.response.status_code', '23505'],
  [
    'exception.stacktrace',
    ['copies/store.ts:12:findCopy', 'queue/run.ts:150:<anonymous>', 'a-b/c.ts:1:new AppError'],
  ],
])('%s takes what it is made for', (field, value) => {
  expect(write({ [field]: value })).toEqual({ line: { [field]: value }, dropped: 0 })
})

test('one bad frame spoils a whole stack', () => {
  const frames = ['copies/store.ts:12:findCopy', `at ${MARKER}`]
  expect(write({ 'exception.stacktrace': frames })).toEqual({
    line: { 'exception.stacktrace': '[dropped]' },
    dropped: 1,
  })
})

test('an absent value is not a dropped one', () => {
  expect(write({ 'copy.id': undefined, pages: 2 })).toEqual({ line: { pages: 2 }, dropped: 0 })
})

test('each value of a line is counted when it is dropped', () => {
  expect(write({ 'copy.id': MARKER, pages: 1.5, unknown: 1, copies: 3 }).dropped).toBe(3)
})
