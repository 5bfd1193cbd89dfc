import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendFields, ERROR_FIELDS, FIELDS, type FieldRegistry, HEAD_FIELDS, type Line } from './fields.ts'
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

function write(fields: object, registry?: FieldRegistry): { line: Record<string, unknown>; dropped: number } {
  const line: Line = { text: '{"first":0', dropped: 0 }
  appendFields(line, fields, registry)
  const { first: _, ...rest } = JSON.parse(`${line.text}}`)
  return { dropped: line.dropped, line: rest }
}

test.each(Object.keys(ERROR_FIELDS))('%s takes nothing that looks like a person', (field) => {
  for (const value of PERSONAL) {
    expect(write({ [field]: value }, ERROR_FIELDS), String(value)).toEqual({
      line: { [field]: '[dropped]' },
      dropped: 1,
    })
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
  const shapes: Record<string, RegExp> = {
    'copy.id': /^[0-9a-f-]{36}$/,
    'db.table': /^\w{1,64}$/,
    'http.route': /^[\w/:.*-]{1,120}$/,
  }
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.entries(shapes)),
      fc.string({ unit: 'binary', maxLength: 140 }),
      (shape, text) => {
        const [field, pattern] = shape
        expect(write({ [field]: text }, ERROR_FIELDS).line[field]).toBe(
          pattern.test(text) ? text : '[dropped]',
        )
      },
    ),
    { numRuns: 2_000 },
  )
})

test.each<[string, unknown]>([
  ['copy.id', UUID],
  ['job.attempt', 3],
  ['duration_ms', 1.25],
  ['success', false],
  ['copy.status', 'GRADED'],
  ['http.route', '/api/copies/:copyId/lock'],
  ['http.route', '*'],
  ['error.code', 'version-conflict'],
  ['error.code', 'enoent'],
  ['error.code', '23505'],
  ['error.code', 'err_invalid_arg_type'],
  ['db.response.status_code', '23505'],
  [
    'exception.stacktrace',
    ['copies/store.ts:12:findCopy', 'queue/run.ts:150:<anonymous>', 'a-b/c.ts:1:new AppError'],
  ],
])('%s takes what it is made for', (field, value) => {
  expect(write({ [field]: value }, ERROR_FIELDS)).toEqual({ line: { [field]: value }, dropped: 0 })
})

test('one bad frame spoils a whole stack', () => {
  const frames = ['copies/store.ts:12:findCopy', `at ${MARKER}`]
  expect(write({ 'exception.stacktrace': frames }, ERROR_FIELDS)).toEqual({
    line: { 'exception.stacktrace': '[dropped]' },
    dropped: 1,
  })
})

test('a word that is no code of ours is no code', () => {
  for (const code of ['zoe-marqueur', 'zoe', 'ZOE_MARQUEUR', 'marqueur_zoe', 'martin']) {
    expect(write({ 'error.code': code }).line).toEqual({ 'error.code': '[dropped]' })
    expect(write({ 'error.code': code }, ERROR_FIELDS).line).toEqual({ 'error.code': '[dropped]' })
  }
})

test('what only an error may say is no field of a line', () => {
  const onlyErrors = Object.keys(ERROR_FIELDS).filter((name) => !Object.hasOwn(FIELDS, name))
  expect(onlyErrors.length).toBeGreaterThan(5)
  for (const name of onlyErrors) expect(write({ [name]: 'ok' })).toEqual({ line: {}, dropped: 1 })
})

test('no field takes a string that JSON would have to escape, since a line puts quotes around it and no more', () => {
  const fields = Object.entries({ ...ERROR_FIELDS, ...HEAD_FIELDS })
  const good = [
    UUID,
    'GET',
    '/api/copies/:id',
    'timeout',
    'enoent',
    '23505',
    'READ',
    '1.2.3',
    'TypeError',
    'request-1',
  ]
  const seeds = [
    ...good,
    'http_requests_total',
    'import-batch-lost',
    'a'.repeat(32),
    'copies/store.ts:12:find',
  ]
  const taken = new Set<string>()
  for (const [name, field] of fields) {
    for (const seed of seeds) {
      if (field.accepts(seed)) taken.add(name)
      for (const bad of ['"', '\\', '\n', '\r', '\t', '\u0000', '\u001f', '\u2028', '\ud800', '\u007f']) {
        for (const text of [bad + seed, seed + bad, seed.slice(0, 2) + bad + seed.slice(2)]) {
          expect(field.accepts(text), `${name}: ${JSON.stringify(text)}`).toBe(false)
        }
      }
    }
  }
  // The seeds do reach the fields that are not closed lists of words.
  expect(taken.size).toBeGreaterThan(20)
})

test('an absent value is not a dropped one', () => {
  expect(write({ 'copy.id': undefined, pages: 2 })).toEqual({ line: { pages: 2 }, dropped: 0 })
})

test('each value of a line is counted when it is dropped', () => {
  expect(write({ 'copy.id': MARKER, pages: 1.5, unknown: 1, copies: 3 }).dropped).toBe(3)
})
