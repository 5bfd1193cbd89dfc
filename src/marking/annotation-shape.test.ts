import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areDrawable, assertChangeable, assertFits, boundsOf } from './annotation-shape.ts'
import { ANNOTATION_KINDS } from './contract.ts'

const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const strokes = fc.array(fc.array(fc.record({ x: fraction, y: fraction }), { minLength: 1 }), {
  minLength: 1,
})

describe('the shape of an annotation', () => {
  it('ink fits on the page whatever its points are, and its box is no larger than they need', () => {
    fc.assert(
      fc.property(strokes, (drawn) => {
        const box = boundsOf(drawn)
        assertFits({ kind: 'ink', pageIndex: 0, ...box }, { pages: 1 })
        const points = drawn.flat()
        expect(points.every(({ x, y }) => x >= box.x && y >= box.y)).toBe(true)
        expect(points.some(({ x }) => x === box.x) && points.some(({ y }) => y === box.y)).toBe(true)
        expect(box.x + box.width).toBeCloseTo(Math.max(...points.map(({ x }) => x)), 12)
        expect(box.y + box.height).toBeCloseTo(Math.max(...points.map(({ y }) => y)), 12)
      }),
    )
  })

  it('ink that was accepted can be drawn', () => {
    fc.assert(
      fc.property(strokes, (drawn) => {
        expect(areDrawable(drawn)).toBe(true)
      }),
    )
  })

  it.each([
    ['no list', { x: 0.1, y: 0.1 }],
    ['a stroke that is a point', [{ x: 0.1, y: 0.1 }]],
    ['a stroke that is a word', [[{ x: 0.1, y: 0.1 }], 'M 0 0']],
    ['a point without a height', [[{ x: 0.1 }]]],
    ['a point whose place is a word', [[{ x: '0.1', y: 0.1 }]]],
    ['a point that is nothing', [[null]]],
    ['nothing', null],
  ])('ink that has become %s cannot', (_, damaged) => {
    expect(areDrawable(damaged)).toBe(false)
  })

  it('the box of the longest ink there may be is computed', () => {
    const longest = Array.from({ length: 200 }, (_, i) =>
      Array.from({ length: 2_000 }, (_, j) => ({ x: i / 200, y: j / 2_000 })),
    )
    expect(boundsOf(longest)).toEqual({ x: 0, y: 0, width: 0.995, height: 0.9995 })
  })

  it('what ends at the edge fits, although its fractions add up to a little more', () => {
    const box = { x: 0.7, y: 0.9, width: 1 - 0.7 + Number.EPSILON, height: 0.1 }
    expect(box.x + box.width).toBeGreaterThan(1)
    expect(() => assertFits({ kind: 'box', pageIndex: 0, ...box }, { pages: 1 })).not.toThrow()
  })

  it.each([
    ['comment', 'x y width height text'],
    ['highlight', 'x y width height'],
    ['ink', 'strokes'],
    ['tick', 'x y width height'],
    ['cross', 'x y width height'],
    ['box', 'x y width height'],
    ['text', 'x y width height text'],
  ] as const)('of a %s one may change its points and %s', (kind, members) => {
    const values = { x: 0, y: 0, width: 0, height: 0, text: 'a', strokes: [[{ x: 0, y: 0 }]], points: null }
    const allowed = Object.entries(values).filter(([name, value]) => {
      try {
        assertChangeable(kind, { [name]: value })
        return true
      } catch {
        return false
      }
    })
    expect(allowed.map(([name]) => name).join(' ')).toBe(`${members} points`)
    expect(ANNOTATION_KINDS).toContain(kind)
  })
})
