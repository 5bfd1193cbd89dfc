import { describe, expect, it } from 'vitest'
import { boxBetween, markAt, moveBy, resizeTo, toPage } from './geometry.ts'
import type { Mark } from './mark.ts'
import { simplify, toStrokes } from './stroke.ts'

const box: Mark = {
  id: 'a',
  pageNumber: 1,
  kind: 'box',
  x: 0.8,
  y: 0.1,
  width: 0.15,
  height: 0.1,
  text: null,
  strokes: null,
  points: null,
  version: 1,
}
const ink: Mark = {
  ...box,
  kind: 'ink',
  strokes: [
    [
      { x: 0.8, y: 0.1, pressure: 0.5 },
      { x: 0.95, y: 0.2 },
    ],
  ],
}

describe('places on a page', () => {
  it('are fractions with four decimals, and never outside', () => {
    const frame = { left: 100, top: 50, width: 300, height: 424 }
    expect(toPage(200, 262, frame)).toEqual({ x: 0.3333, y: 0.5 })
    expect(toPage(0, 9_999, frame)).toEqual({ x: 0, y: 1 })
  })

  it('of two corners make a box, whichever came first', () => {
    expect(boxBetween({ x: 0.5, y: 0.4 }, { x: 0.2, y: 0.6 })).toEqual({
      x: 0.2,
      y: 0.4,
      width: 0.3,
      height: 0.2,
    })
  })
})

describe('a mark', () => {
  it('is moved as far as the page goes', () => {
    expect(moveBy(box, 0.01, 0)).toEqual({ x: 0.81, y: 0.1 })
    expect(moveBy(box, 0.5, -0.5)).toEqual({ x: 0.85, y: 0 })
  })

  it('of ink is moved by its points, which keep their pressure', () => {
    expect(moveBy(ink, -0.1, 0.1).strokes?.[0]).toEqual([
      { x: 0.7, y: 0.2, pressure: 0.5 },
      { x: 0.85, y: 0.3 },
    ])
  })

  it('is resized from its corner, within the page', () => {
    expect(resizeTo(box, 0.5, 0.2)).toEqual({ width: 0.2, height: 0.2 })
    expect(resizeTo(ink, 0.075, 0.05).strokes?.[0]?.[1]).toEqual({ x: 0.875, y: 0.15 })
    expect(resizeTo(box, 0, -1)).toEqual({ width: 0.004, height: 0.004 })
  })

  it('is found where it is drawn, the uppermost of several', () => {
    const tick: Mark = { ...box, id: 't', kind: 'tick', x: 0.5, y: 0.5, width: 0, height: 0 }
    expect(markAt([box, tick], { x: 0.52, y: 0.51 }, 1.4)?.id).toBe('t')
    expect(markAt([box, { ...box, id: 'b' }], { x: 0.85, y: 0.15 }, 1.4)?.id).toBe('b')
    expect(markAt([box, tick], { x: 0.1, y: 0.9 }, 1.4)).toBeUndefined()
  })
})

describe('a stroke', () => {
  it('loses the points that nobody sees missing', () => {
    const straight = Array.from({ length: 50 }, (_, index) => ({ x: index / 50, y: 0.5 }))
    expect(simplify(straight)).toEqual([straight[0], straight[49]])
    expect(simplify([...straight, { x: 0.98, y: 0.9 }])).toHaveLength(3)
  })

  it('of a single point is a dot', () => {
    expect(toStrokes([{ x: 0.123456, y: 0.5, pressure: 0.4999 }])).toEqual([
      [{ x: 0.1235, y: 0.5, pressure: 0.5 }],
    ])
  })

  it('that is very long is cut into pieces that meet', () => {
    // A scrawl that turns at each of its points, so that all of them are kept.
    const scrawl = Array.from({ length: 4_500 }, (_, index) => ({
      x: ((index * index) % 97) / 100,
      y: (index % 2) * 0.5,
    }))
    const pieces = toStrokes(scrawl)
    expect(pieces.map((piece) => piece.length)).toEqual([2_000, 2_000, 502])
    expect(pieces.flat().every(({ y }) => y === 0 || y === 0.5)).toBe(true)
    expect(pieces[1]?.[0]).toEqual(pieces[0]?.at(-1))
  })
})
