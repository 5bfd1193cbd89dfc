import { expect, expectTypeOf, test, vi } from 'vitest'
import { type Id, isId } from '../observability/id.ts'
import { newAnonymousId, newId, newRef, newSecret } from './ids.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('the ids of rows and requests follow the order in which they were made', () => {
  const ids = Array.from({ length: 2_000 }, newId)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(2_000)
  expect(ids[0]).toMatch(UUID)
  expect(ids[0]?.[14]).toBe('7')
})

test('ids stay in order when the clock goes back, stands still for thousands, or leaps', () => {
  const clock = vi.spyOn(Date, 'now')
  const start = 1_800_000_000_000
  const times = [start, start - 60_000, start, ...Array<number>(9_000).fill(start), start + 1, start + 60_000]
  const ids = times.map((now) => {
    clock.mockReturnValue(now)
    return newId()
  })
  clock.mockRestore()
  expect(ids.every((id) => UUID.test(id))).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  // The last one is ahead of what thousands in one millisecond have borrowed, so it tells the true time.
  expect(Number.parseInt(ids.at(-1)?.replaceAll('-', '').slice(0, 12) ?? '', 16)).toBe(start + 60_000)
})

test('a reference that may be published says nothing of when it was made', () => {
  const refs = Array.from({ length: 2_000 }, newRef)
  expect(refs.every((ref) => UUID.test(ref) && ref[14] === '4')).toBe(true)
  expect(new Set(refs.map((ref) => ref.slice(0, 8))).size).toBeGreaterThan(1_990)
})

test('ids and references are ids to the kernel, and nothing else that is random is', () => {
  expect([newId(), newRef()].every(isId)).toBe(true)
  expectTypeOf(newId).returns.toEqualTypeOf<Id>()
  expectTypeOf(newRef).returns.toEqualTypeOf<Id>()
  expectTypeOf(newSecret).returns.not.toExtend<Id>()
  expectTypeOf(newAnonymousId).returns.not.toExtend<Id>()
})

test('an anonymous id reads aloud: no vowel, no zero, no one, two groups of four', () => {
  const ids = Array.from({ length: 2_000 }, newAnonymousId)
  expect(ids.filter((id) => !/^[B-DF-HJ-NP-TV-XZ2-9]{4}-[B-DF-HJ-NP-TV-XZ2-9]{4}$/.test(id))).toEqual([])
  expect(ids.filter((id) => /[AEIOUYSL01]/.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(2_000)
  expect(new Set(ids.join('')).size).toBe(27)
})

test('a secret has as many random bytes as it is asked for', () => {
  expect(Buffer.from(newSecret(), 'base64url')).toHaveLength(32)
  expect(Buffer.from(newSecret(64), 'base64url')).toHaveLength(64)
  expect(newSecret()).not.toBe(newSecret())
})
