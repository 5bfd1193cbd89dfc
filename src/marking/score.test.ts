import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeScore, isScoreAllowed } from './score.ts'

const ITEMS = [
  { id: 'group', maxHundredths: null },
  { id: 'a', maxHundredths: 300 },
  { id: 'b', maxHundredths: 125 },
]

describe('the score of a copy', () => {
  it('is the sum of its items, and names those without a score', () => {
    expect(computeScore(ITEMS, new Map([['a', 250]]))).toEqual({
      totalHundredths: 250,
      maxHundredths: 425,
      missing: ['b'],
    })
  })

  it('counts a score taken back as missing, and a zero as a score', () => {
    const scores = new Map<string, number | null>([
      ['a', null],
      ['b', 0],
    ])
    expect(computeScore(ITEMS, scores)).toMatchObject({ totalHundredths: 0, missing: ['a'] })
  })

  it('ignores scores of items that the rubric does not hold, and of groups', () => {
    const scores = new Map([
      ['gone', 500],
      ['group', 700],
    ])
    expect(computeScore(ITEMS, scores).totalHundredths).toBe(0)
  })

  it('never exceeds its maximum while every score is allowed', () => {
    const item = fc
      .record({
        steps: fc.integer({ min: 1, max: 80 }),
        taken: fc.nat(),
        stepHundredths: fc.constantFrom(25, 50, 100),
      })
      .map(({ steps, taken, stepHundredths }) => ({
        maxHundredths: steps * stepHundredths,
        stepHundredths,
        score: (taken % (steps + 1)) * stepHundredths,
      }))
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (rows) => {
        const items = rows.map((row, index) => ({ id: String(index), maxHundredths: row.maxHundredths }))
        const scores = new Map(rows.map((row, index) => [String(index), row.score]))
        expect(rows.every((row) => isScoreAllowed(row.score, row))).toBe(true)
        const sums = computeScore(items, scores)
        expect(sums.totalHundredths).toBeLessThanOrEqual(sums.maxHundredths)
        expect(sums.missing).toEqual([])
      }),
    )
  })

  it.each([
    [-25, false],
    [0, true],
    [25, true],
    [30, false],
    [100, true],
    [125, false],
    [Number.NaN, false],
  ])('%d hundredths on a step of 25 up to 100: %s', (hundredths, isAllowed) => {
    expect(isScoreAllowed(hundredths, { maxHundredths: 100, stepHundredths: 25 })).toBe(isAllowed)
  })
})
