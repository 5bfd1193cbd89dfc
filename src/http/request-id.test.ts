import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseRequestId, chooseTraceparent } from './request-id.ts'

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test.each(['12345678', 'a'.repeat(64), 'A.b_c-d.9', '........'])("the caller's id %s is kept", (id) => {
  expect(chooseRequestId(id)).toBe(id)
})

test.each<[string, string | string[] | undefined]>([
  ['none', undefined],
  ['an empty one', ''],
  ['one of seven characters', '1234567'],
  ['one of sixty-five', 'a'.repeat(65)],
  ['one of ten thousand', 'a'.repeat(10_000)],
  ['one with a space', 'abcd efgh'],
  ['one with a newline', 'abcdefgh\n'],
  ['one with a second line', 'abcdefgh\nijklmnop'],
  ['one with an accent', 'idéntifiant'],
  ['an address', 'zoe@example.org'],
  ['one with a slash', 'abcd/efgh'],
  ['one with a null byte', 'abcdefgh\0'],
  ['two, in one header', 'abcdefgh, ijklmnop'],
  ['two, in two headers', ['abcdefgh', 'ijklmnop']],
])('in place of %s there is a new id', (_title, id) => {
  expect(chooseRequestId(id)).toMatch(UUID7)
})

test('whatever comes in, what goes out has the form that logs accept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (id) => {
      expect(chooseRequestId(id)).toMatch(/^[A-Za-z0-9._-]{8,64}$/)
    }),
  )
})

test('a trace of the W3C form is carried along', () => {
  expect(chooseTraceparent(`00-${TRACE}-${SPAN}-01`)).toBe(`00-${TRACE}-${SPAN}-01`)
})

test.each<[string, string | string[] | undefined]>([
  ['none', undefined],
  ['of another version', `01-${TRACE}-${SPAN}-01`],
  ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['whose span is of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['with something behind it', `00-${TRACE}-${SPAN}-01-more`],
  ['with a newline', `00-${TRACE}-${SPAN}-01\n`],
  ['twice', [`00-${TRACE}-${SPAN}-01`]],
])('a trace (%s) is not', (_title, value) => {
  expect(chooseTraceparent(value)).toBeUndefined()
})
