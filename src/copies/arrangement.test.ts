import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Id } from '../observability/id.ts'
import {
  type Arrangement,
  changesBetween,
  type Operation,
  type PagePlace,
  pagesOf,
  putBack,
  rearrange,
} from './arrangement.ts'

const id = (name: string): Id => name as Id

/** A copy A of four pages, a copy B of two, and two unresolved pages. */
function scan(): Arrangement {
  const place = (name: string, copy: string | null, index: number | null): PagePlace => ({
    ...{ id: id(name), copyId: copy === null ? null : id(copy), index },
    ...{ turn: 0, number: null, discarded: null, formerCopyId: null },
  })
  const pages = [
    ...['a1', 'a2', 'a3', 'a4'].map((name, index) => place(name, 'A', index)),
    ...['b1', 'b2'].map((name, index) => place(name, 'B', index)),
    ...['u1', 'u2'].map((name) => place(name, null, null)),
  ]
  return new Map(pages.map((page) => [page.id, page]))
}

const order = (arrangement: Arrangement, copy: string) =>
  pagesOf(arrangement, id(copy)).map((page) => page.id)
const arranged = (...operations: readonly Operation[]) => operations.reduce(rearrange, scan())
const page = (arrangement: Arrangement, name: string) => arrangement.get(id(name))

describe('arranging the pages of a scan', () => {
  it('turns a page further from how it is shown', () => {
    const turned = arranged(
      { kind: 'rotate', pageId: id('a1'), turn: 270 },
      { kind: 'rotate', pageId: id('a1'), turn: 180 },
    )
    expect(page(turned, 'a1')?.turn).toBe(90)
  })

  it('moves a page to another copy, where the others make room, and leaves no gap behind', () => {
    const moved = arranged({ kind: 'move', pageId: id('a2'), copyId: id('B'), beforePageId: id('b2') })
    expect([order(moved, 'A'), order(moved, 'B')]).toEqual([
      ['a1', 'a3', 'a4'],
      ['b1', 'a2', 'b2'],
    ])
    expect(pagesOf(moved, id('A')).map(({ index }) => index)).toEqual([0, 1, 2])
  })

  it('moves a page within its copy', () => {
    const moved = arranged({ kind: 'move', pageId: id('a4'), copyId: id('A'), beforePageId: id('a1') })
    expect(order(moved, 'A')).toEqual(['a4', 'a1', 'a2', 'a3'])
  })

  it('files a page that was unresolved', () => {
    expect(
      order(arranged({ kind: 'move', pageId: id('u1'), copyId: id('A'), beforePageId: null }), 'A'),
    ).toEqual(['a1', 'a2', 'a3', 'a4', 'u1'])
  })

  it('discards a page for a reason, and remembers whose it was', () => {
    const discarded = arranged({ kind: 'discard', pageId: id('a1'), reason: 'blank' })
    expect(page(discarded, 'a1')).toMatchObject({ copyId: null, discarded: 'blank', formerCopyId: 'A' })
    const restored = rearrange(discarded, { kind: 'restore', pageId: id('a1') })
    expect(page(restored, 'a1')).toMatchObject({ copyId: null, discarded: null, formerCopyId: 'A' })
  })

  it('puts a rescan in the place and under the number of a page', () => {
    const numbered = arranged({ kind: 'number', pageId: id('a2'), number: 2 })
    const replaced = rearrange(numbered, { kind: 'replace', pageId: id('a2'), byPageId: id('u2') })
    expect(order(replaced, 'A')).toEqual(['a1', 'u2', 'a3', 'a4'])
    expect(page(replaced, 'u2')?.number).toBe(2)
    expect(page(replaced, 'a2')).toMatchObject({ discarded: 'replaced', formerCopyId: 'A' })
  })

  it('splits and merges copies', () => {
    const split = arranged({ kind: 'split', copyId: id('A'), beforePageId: id('a3'), newCopyId: id('C') })
    expect([order(split, 'A'), order(split, 'C')]).toEqual([
      ['a1', 'a2'],
      ['a3', 'a4'],
    ])
    const merged = rearrange(split, { kind: 'merge', copyId: id('B'), fromCopyId: id('C') })
    expect([order(merged, 'B'), order(merged, 'C')]).toEqual([['b1', 'b2', 'a3', 'a4'], []])
  })

  it.each<[string, Operation]>([
    ['page-not-discarded', { kind: 'restore', pageId: id('a1') }],
    ['page-not-filed', { kind: 'replace', pageId: id('u1'), byPageId: id('u2') }],
    ['page-not-unresolved', { kind: 'replace', pageId: id('a1'), byPageId: id('a2') }],
    ['page-not-unresolved', { kind: 'make-copy', pageIds: [id('a1')], newCopyId: id('C') }],
    ['not-the-same-pages', { kind: 'reorder', copyId: id('B'), pageIds: [id('b1')] }],
    ['not-the-same-pages', { kind: 'reorder', copyId: id('B'), pageIds: [id('b1'), id('b1')] }],
    ['not-the-same-pages', { kind: 'reorder', copyId: id('B'), pageIds: [id('b1'), id('a1')] }],
    ['nothing-to-split', { kind: 'split', copyId: id('A'), beforePageId: id('a1'), newCopyId: id('C') }],
    ['page-not-of-this-copy', { kind: 'split', copyId: id('A'), beforePageId: id('b1'), newCopyId: id('C') }],
    ['page-not-of-this-copy', { kind: 'move', pageId: id('u1'), copyId: id('A'), beforePageId: id('b1') }],
    ['same-copy', { kind: 'merge', copyId: id('A'), fromCopyId: id('A') }],
    ['copy-without-pages', { kind: 'merge', copyId: id('A'), fromCopyId: id('C') }],
  ])('refuses with %s: %o', (reason, operation) => {
    expect(() => arranged(operation)).toThrow(expect.objectContaining({ problem: { reason } }))
  })

  it('does not undo where others have come since, so that pages would lie in one place, or leave a gap', () => {
    const last = { kind: 'discard', pageId: id('a4'), reason: 'other' } as const
    const split = { kind: 'split', copyId: id('A'), beforePageId: id('a4'), newCopyId: id('C') } as const
    for (const [operation, copyId] of [
      [last, id('A')],
      [split, id('C')],
    ] as const) {
      const done = arranged(operation)
      const changes = changesBetween(scan(), done)
      const joined = rearrange(done, { kind: 'move', pageId: id('u1'), copyId, beforePageId: null })
      expect(() => putBack(joined, changes)).toThrow(
        expect.objectContaining({ problem: { reason: 'changed-since' } }),
      )
    }
  })

  it('remembers the copy of a page that is put back to where it was in none', () => {
    const filed = arranged({ kind: 'move', pageId: id('u1'), copyId: id('A'), beforePageId: null })
    expect(page(putBack(filed, changesBetween(scan(), filed)), 'u1')).toMatchObject({
      ...{ copyId: null, formerCopyId: 'A' },
    })
  })

  it('does not undo what somebody has changed since', () => {
    const before = scan()
    const first = arranged({ kind: 'rotate', pageId: id('a1'), turn: 90 })
    const changes = changesBetween(before, first)
    const second = rearrange(first, { kind: 'discard', pageId: id('a1'), reason: 'blank' })
    expect(() => putBack(second, changes)).toThrow(
      expect.objectContaining({ problem: { reason: 'changed-since' } }),
    )
  })
})

const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'u1', 'u2'] as const
const pageId = fc.constantFrom(...names).map(id)
const copyId = fc.constantFrom('A', 'B', 'C').map(id)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('rotate'), pageId, turn: fc.constantFrom(90, 180, 270) } as const),
  fc.record({ kind: fc.constant('move'), pageId, copyId, beforePageId: fc.option(pageId) } as const),
  fc.record({ kind: fc.constant('discard'), pageId, reason: fc.constant('other') } as const),
  fc.record({ kind: fc.constant('restore'), pageId } as const),
  fc.record({ kind: fc.constant('replace'), pageId, byPageId: pageId } as const),
  fc.record({
    kind: fc.constant('reorder'),
    copyId,
    pageIds: fc.shuffledSubarray([...names].map(id)),
  } as const),
  fc.record({
    kind: fc.constant('split'),
    copyId,
    beforePageId: pageId,
    newCopyId: fc.constant(id('C')),
  } as const),
  fc.record({ kind: fc.constant('merge'), copyId, fromCopyId: copyId } as const),
)

describe('any sequence of operations', () => {
  it('keeps every page in one place, leaves no gap in any copy, and can be undone step by step', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        let now = scan()
        const done: { before: readonly PagePlace[]; after: readonly PagePlace[] }[] = []
        for (const one of operations) {
          // A new copy begins empty.
          if (one.kind === 'split' && pagesOf(now, one.newCopyId).length > 0) continue
          const next = attempt(() => rearrange(now, one))
          if (next === undefined) continue
          done.push(changesBetween(now, next))
          now = next
          expect([...now.keys()].sort()).toEqual([...names].sort())
          for (const { copyId: copy, index, discarded } of now.values()) {
            expect(copy === null).toBe(index === null)
            expect(copy === null || discarded === null).toBe(true)
          }
          for (const copy of ['A', 'B', 'C']) {
            const indexes = pagesOf(now, id(copy)).map(({ index }) => index)
            expect(indexes).toEqual(indexes.map((_, position) => position))
          }
        }
        for (const change of done.reverse()) now = putBack(now, change)
        const places = (all: Arrangement) => [...all.values()].map(({ formerCopyId: _, ...place }) => place)
        expect(places(now)).toEqual(places(scan()))
      }),
      { numRuns: 500 },
    )
  })

  it('undone in any other order, is undone whole or refused', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 12 }), fc.nat(11), (operations, which) => {
        let now = scan()
        const done: ReturnType<typeof changesBetween>[] = []
        for (const one of operations) {
          if (one.kind === 'split' && pagesOf(now, one.newCopyId).length > 0) continue
          const next = attempt(() => rearrange(now, one))
          if (next === undefined) continue
          done.push(changesBetween(now, next))
          now = next
        }
        const change = done[which]
        const back = change && attempt(() => putBack(now, change))
        for (const copy of ['A', 'B', 'C']) {
          const indexes = pagesOf(back ?? now, id(copy)).map(({ index }) => index)
          expect(indexes).toEqual(indexes.map((_, position) => position))
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** Undefined where the operation is refused. */
function attempt(work: () => Arrangement): Arrangement | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
