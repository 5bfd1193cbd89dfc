import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePattern, readCode } from './code-pattern.ts'

const read = (pattern: string, payload: string) => {
  const parsed = parsePattern(pattern)
  return parsed === undefined ? 'no pattern' : readCode(parsed, payload)
}

test.each([
  ['{exam}-{copy}-{page}', 'midterm1-v2-test-100-1', { exam: 'midterm1-v2-test', copy: '100', page: 1 }],
  ['{copy}', 'aphacker', { exam: undefined, copy: 'aphacker', page: undefined }],
  ['P/{page}', 'P/0042', { exam: undefined, copy: undefined, page: 42 }],
  ['{copy}:{page}:{exam}', 'A7:3:analyse:2026', { exam: 'analyse:2026', copy: 'A7', page: 3 }],
  ['E {exam} C{copy}p{page}', 'E maths C C12p9', { exam: 'maths C', copy: '12', page: 9 }],
])('%s reads %s', (pattern, payload, reading) => {
  expect(read(pattern, payload)).toEqual(reading)
})

test.each([
  ['{exam}-{copy}-{page}', 'midterm1-100'],
  ['{exam}-{copy}-{page}', '-100-1'],
  ['{exam}-{copy}-{page}', 'maths-100-0'],
  ['{exam}-{copy}-{page}', 'maths-100-10000'],
  ['{exam}-{copy}-{page}', 'maths-1é-1'],
  ['{copy}-{page}', 'A7-3-1'],
  ['{copy}', 'a'.repeat(33)],
  ['{copy}', ''],
  ['{exam}-{copy}', `${'x'.repeat(250)}-${'y'.repeat(32)}`],
  ['{copy}', 'https://example.org/?q=1'],
  ['{exam}-{copy}', '<script>-1'],
])('%s does not read %s', (pattern, payload) => {
  expect(read(pattern, payload)).toBeUndefined()
})

test.each([
  '',
  'no field',
  '{exam}',
  '{copy}{page}',
  '{copy}-{copy}',
  '{name}-{copy}',
  '{copy',
  'copy}',
  '{{copy}}',
  '{}{copy}',
  'é{copy}',
  '(.*){copy}',
  '{copy}-{page}\n',
  `${'x'.repeat(60)}{copy}`,
])('%j is no pattern', (pattern) => {
  expect(parsePattern(pattern)).toBeUndefined()
})

const letters = (alphabet: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max })
const alphanumeric = 'ABCXYZabcxyz0189'
const copy = letters(alphanumeric, 1, 32)
const page = fc.integer({ min: 1, max: 9_999 })
const separator = letters('-_./:#|+= ', 1, 3)
/** May hold any separator, and what looks like the end of a code. */
const exam = fc
  .tuple(letters(alphanumeric, 1, 1), letters(`${alphanumeric}-_./:#|+= `, 0, 40))
  .map(([first, rest]) => first + rest)

test('what is written by a pattern is read back, whatever the exam is called', () => {
  fc.assert(
    fc.property(exam, copy, page, separator, separator, (examName, copyName, pageNumber, first, second) => {
      const pattern = parsePattern(`{exam}${first}{copy}${second}{page}`)
      if (pattern === undefined) throw new Error('no pattern')
      const payload = `${examName}${first}${copyName}${second}${pageNumber}`
      expect(readCode(pattern, payload)).toEqual({ exam: examName, copy: copyName, page: pageNumber })
    }),
  )
})

test('whatever is read fits what a copy and a page are', () => {
  const pattern = parsePattern('{exam}-{copy}-{page}')
  if (pattern === undefined) throw new Error('no pattern')
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 300 }), letters('a1-', 0, 60)), (payload) => {
      const reading = readCode(pattern, payload)
      if (reading === undefined) return true
      const { copy: copyName = '', page: pageNumber = 0, exam: examName } = reading
      return (
        /^[A-Za-z0-9]{1,32}$/.test(copyName) &&
        pageNumber >= 1 &&
        pageNumber <= 9_999 &&
        payload.startsWith(`${examName}-${copyName}-`)
      )
    }),
  )
})

test('no pattern and no payload takes long', () => {
  fc.assert(
    fc.property(letters('{}copyexampage-a', 0, 64), letters('a-', 0, 256), (text, payload) => {
      const pattern = parsePattern(text)
      const before = performance.now()
      for (let turn = 0; pattern !== undefined && turn < 10; turn++) readCode(pattern, payload)
      return performance.now() - before < 50
    }),
  )
})
