import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hmacSha256 } from './hmac.ts'

describe('hmacSha256', () => {
  it.each([
    // RFC 4231, test cases 1 and 2.
    ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      '4a656665',
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
  ])('gives what RFC 4231 says for the key %s', (key, message, expected) => {
    expect(hmacSha256(Buffer.from(key, 'hex'), Buffer.from(message)).toString('hex')).toBe(expected)
  })

  it('gives what the library gives, whatever the key and the message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 10_000 }), (key, message) => {
        const expected = createHmac('sha256', key).update(message).digest('hex')
        expect(hmacSha256(key, message).toString('hex')).toBe(expected)
      }),
    )
  })

  it('refuses a key that would have to be hashed first', () => {
    expect(() => hmacSha256(Buffer.alloc(65), Buffer.alloc(0))).toThrow(RangeError)
  })
})
