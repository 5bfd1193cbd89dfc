import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { plainText } from './contract.ts'

describe('a plain text', () => {
  const text = plainText(10).min(1)

  it.each(['é', '∑', 'a\nb\tc', '𝛼𝔼', '👩‍🏫'])('may be %j', (value) => {
    expect(text.parse(` ${value} `)).toBe(value)
  })

  it.each([
    ['a NUL character', 'a\u0000b'],
    ['the first half of a surrogate pair', 'a\ud835'],
    ['the second half of one', '\udefca'],
    ['both in the wrong order', '\udefc\ud835'],
    ['more than fits', 'elevensigns'],
    ['nothing but spaces', '   '],
  ])('is never %s', (_, value) => {
    expect(text.safeParse(value).success).toBe(false)
  })

  it('is described in the published contract', () => {
    const { pattern } = z.toJSONSchema(text) as { pattern: string }
    expect(new RegExp(pattern, 'u').test('a\u0000b')).toBe(false)
    expect(new RegExp(pattern, 'u').test('𝛼')).toBe(true)
  })
})
