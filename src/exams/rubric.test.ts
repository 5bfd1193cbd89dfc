import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reveal } from '../observability/sensitive.ts'
import { toHundredths, toPoints } from './points.ts'
import { orderRubric, planRubric, viewRubric } from './rubric.ts'

describe('points', () => {
  it('any quarter of a point survives the way in and out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400_000 }), (quarters) => {
        expect(toPoints(toHundredths(quarters / 4) ?? Number.NaN)).toBe(quarters / 4)
      }),
    )
  })

  it('what is finer than a hundredth is refused', () => {
    expect(toHundredths(0.125)).toBeUndefined()
    expect(toHundredths(0.1 + 0.2)).toBe(30)
  })
})

describe('a rubric', () => {
  const input = [
    {
      label: 'A',
      items: [
        { label: 'A1', maxPoints: 2, step: 0.5 as const },
        { label: 'A2', maxPoints: 3 },
      ],
    },
    { label: 'B', maxPoints: 0.75, step: 0.25 as const },
  ]

  it('is read question by question, each followed by its parts', () => {
    const planned = planRubric(input)
    const shuffled = [...planned].reverse()
    expect(orderRubric(shuffled).map(({ label, depth }) => [reveal(label, 'draw'), depth])).toEqual([
      ['A', 0],
      ['A1', 1],
      ['A2', 1],
      ['B', 0],
    ])
  })

  it('adds up the points of its leaves', () => {
    const view = viewRubric(planRubric(input))
    expect(view.maxTotal).toBe(5.75)
    expect(view.items.map(({ maxPoints, step }) => [maxPoints, step])).toEqual([
      [null, null],
      [2, 0.5],
      [3, 0.5],
      [0.75, 0.25],
    ])
  })

  it.each([
    ['parts and points at once', { label: 'A', maxPoints: 2, items: [{ label: 'A1', maxPoints: 2 }] }],
    ['neither parts nor points', { label: 'A' }],
    ['a maximum of nearly nothing', { label: 'A', maxPoints: 1e-9 }],
    ['a maximum off its step', { label: 'A', maxPoints: 1.25, step: 0.5 as const }],
  ])('refuses an item with %s', (_, item) => {
    expect(() => planRubric([item])).toThrow('invalid-rubric')
  })
})
