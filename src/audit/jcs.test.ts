import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeJcs, type JcsValue, MAX_JCS_BYTES, parseStrict } from './jcs.ts'

const name = fc.stringMatching(/^[A-Za-z][\x20-\x7e]{0,12}$/)
const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean())
const nested = (inside: fc.Arbitrary<JcsValue>): fc.Arbitrary<JcsValue> =>
  fc.oneof(scalar, fc.array(inside, { maxLength: 5 }), fc.dictionary(name, inside, { maxKeys: 8 }))
/** Any value of the profile. */
const value = nested(nested(nested(scalar)))

const refused = (work: () => unknown) => expect(work).toThrow(TypeError)

describe('the encoding', () => {
  it('is, byte for byte, that of an implementation that is not ours', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(encodeJcs(any).toString()).toBe(canonicalize(any))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is decoded to what was encoded', () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(encodeJcs(parseStrict(encodeJcs(any)))).toEqual(encodeJcs(any))
      }),
      { numRuns: 1_000 },
    )
  })

  it('does not depend on the order in which members were set', () => {
    fc.assert(
      fc.property(fc.dictionary(name, scalar), fc.infiniteStream(fc.nat()), (members, order) => {
        const shuffled = Object.entries(members)
          .map((member) => ({ member, place: order.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ member }) => member)
        expect(encodeJcs(Object.fromEntries(shuffled))).toEqual(encodeJcs(members))
      }),
    )
  })

  it.each([
    // RFC 8785 §3.2.2.2: the string of its example.
    ['\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
    [
      '\b\t\n\f\r\u0000\u001f\u007f\u2028\ud83d\ude00',
      '"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028\ud83d\ude00"',
    ],
    [{ b: 1, a: true, B: 'x', a_b: [2, 1] }, '{"B":"x","a":true,"a_b":[2,1],"b":1}'],
    [{ metadata: { fields: ['a'], page: 3 }, v: 1 }, '{"metadata":{"fields":["a"],"page":3},"v":1}'],
    [{ toString: 1, constructor: 2, hasOwnProperty: 3 }, '{"constructor":2,"hasOwnProperty":3,"toString":1}'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    [-0, '0'],
    [[], '[]'],
    [{}, '{}'],
    ['', '""'],
  ])('of %j is %s', (any, text) => {
    expect(encodeJcs(any as JcsValue).toString()).toBe(text)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a fraction', 0.5],
    ['an integer that doubles do not tell from its neighbour', 2 ** 53],
    ['infinity', Number.POSITIVE_INFINITY],
    ['not a number', Number.NaN],
    ['a large integer', 1n],
    ['half of a surrogate pair', '\ud800'],
    ['the halves in the wrong order', '\udc00\ud800'],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['bytes', Buffer.of(1)],
    ['a map', new Map()],
    ['a wrapped string', Object('s')],
    ['an instance', new (class {})()],
  ])('is refused for %s, alone, in an array and as a member', (_, any) => {
    for (const holder of [any, [any], { a: any }, { a: { b: [any] } }]) {
      refused(() => encodeJcs(holder as JcsValue))
    }
  })

  it('is refused for holes in an array', () => {
    refused(() => encodeJcs(new Array(3) as unknown as JcsValue))
  })

  it.each(['', 'é', '1', '12', '_a', '__proto__', ' a', 'a\n', 'a\u007f', '\ud800'])(
    'is refused for a member named %j',
    (any) => {
      refused(() => encodeJcs(Object.fromEntries([[any, 1]])))
    },
  )

  it('goes two levels deep, and no deeper', () => {
    expect(encodeJcs({ a: { b: { c: 1 } } }).toString()).toBe('{"a":{"b":{"c":1}}}')
    refused(() => encodeJcs({ a: { b: { c: {} } } }))
    refused(() => encodeJcs([[[[]]]]))
    const ring: JcsValue[] = []
    ring.push(ring)
    refused(() => encodeJcs(ring))
  })

  it('has 8 KiB at most, counted as they are stored', () => {
    expect(encodeJcs('é'.repeat(MAX_JCS_BYTES / 2 - 1))).toHaveLength(MAX_JCS_BYTES)
    refused(() => encodeJcs('é'.repeat(MAX_JCS_BYTES / 2)))
  })
})

describe('decoding', () => {
  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '01',
    '+1',
    '-0',
    '1.0',
    '1e0',
    '1E3',
    'null',
    '[null]',
    '9007199254740993',
    '{"a": 1}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1,"a":2}',
    '{"__proto__":1}',
    '{"a":{"b":{"c":{}}}}',
    '"\\u0061"',
    '"\\/"',
    '"\\u000A"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\u0001"',
    "'a'",
    '[1,]',
    '{"a":1}{}',
    'NaN',
    '\ufeff1',
  ])('refuses %j', (text) => {
    refused(() => parseStrict(Buffer.from(text)))
  })

  it('refuses bytes that are not UTF-8, and half of a surrogate pair in bytes', () => {
    refused(() => parseStrict(Buffer.from('"\xe9"', 'latin1')))
    refused(() => parseStrict(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])))
    refused(() => parseStrict(Buffer.from([0x22, 0xc0, 0x80, 0x22])))
  })

  it('refuses a text longer than any that is written', () => {
    refused(() => parseStrict(Buffer.from(JSON.stringify('a'.repeat(MAX_JCS_BYTES)))))
  })

  it('gives every accepted text one value: a byte changed is refused or is another value', () => {
    const leaf = { action: 'IMPORT', metadata: { fields: ['a', 'b'], pages: 12, success: true }, seq: 7 }
    const bytes = encodeJcs(leaf)
    for (let position = 0; position < bytes.length; position += 1) {
      for (let bit = 1; bit < 256; bit *= 2) {
        const changed = Buffer.from(bytes)
        changed[position] = (changed[position] ?? 0) ^ bit
        const again = tryParse(changed)
        expect(again).not.toEqual(leaf)
        expect(again === undefined ? changed : encodeJcs(again)).toEqual(changed)
      }
    }
  })

  it('quotes nothing of what it refuses', () => {
    const error = caught(() => parseStrict(Buffer.from('{"name":"Zoé Marqueur",}')))
    expect(String(error)).toBe('TypeError: JCS: not JSON')
    expect(error).not.toHaveProperty('cause')
  })
})

function tryParse(bytes: Buffer): JcsValue | undefined {
  try {
    return parseStrict(bytes)
  } catch {
    return undefined
  }
}

function caught(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
