import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type Id, isId } from '../observability/id.ts'
import { idSchema, plainText } from './contract.ts'

describe('an id', () => {
  const uuid = '0198f3a2-7a55-7c11-9d34-0242ac120002'

  it('is what the kernel takes for one, however it was written', () => {
    fc.assert(
      fc.property(fc.mixedCase(fc.uuid()), (text) => {
        const id = idSchema.parse(text)
        expect(id).toBe(text.toLowerCase())
        expect(isId(id)).toBe(true)
      }),
    )
  })

  it.each(['', 'mine', `${uuid}\n`, ` ${uuid}`, `{${uuid}}`, uuid.replaceAll('-', ''), `${uuid}0`])(
    'is never %j',
    (text) => {
      expect(idSchema.safeParse(text).success).toBe(false)
      expect(isId(text)).toBe(false)
    },
  )

  it('is a type of its own, which no plain text fits', () => {
    expectTypeOf<z.output<typeof idSchema>>().toEqualTypeOf<Id>()
    expectTypeOf<z.input<typeof idSchema>>().toEqualTypeOf<string>()
    expectTypeOf<string>().not.toExtend<Id>()
    expectTypeOf<Id>().toExtend<string>()
  })

  it('is described in the published contract as any UUID', () => {
    expect(z.toJSONSchema(idSchema)).toEqual(z.toJSONSchema(z.uuid()))
  })
})

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
