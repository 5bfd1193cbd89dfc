import { describe, expect, it } from 'vitest'
import { onlyDigits, readScore, stepScore } from './score-entry.ts'

const item = { maxPoints: 5, step: 0.25 }

describe('a score as it is typed', () => {
  it.each([
    ['3', 3],
    ['2,5', 2.5],
    ['2.25', 2.25],
    ['0', 0],
    [',5', 0.5],
    ['4,', 4],
    ['5,00', 5],
  ])('%s is %d', (typed, points) => {
    expect(readScore(typed, item)).toEqual({ kind: 'score', points })
  })

  it.each([
    ['6', 'too-many'],
    ['5,25', 'too-many'],
    ['2,3', 'off-step'],
    ['2,251', 'off-step'],
    [',', 'not-a-number'],
  ])('%s is none: %s', (typed, why) => {
    expect(readScore(typed, item)).toEqual({ kind: 'wrong', why })
  })

  it.each([
    [null, 1, 0.25],
    [null, -1, 0],
    [2, 1, 2.25],
    [2, -1, 1.75],
    [0, -1, 0],
    [5, 1, 5],
    [4.9, 1, 5],
    [2.1, -1, 2],
    [0.3, 1, 0.5],
  ] as const)('%s goes by a step of %d to %d', (points, by, next) => {
    expect(stepScore(points, by, item)).toBe(next)
  })

  it('may be empty, which takes it back', () => {
    expect(readScore('  ', item)).toEqual({ kind: 'empty' })
  })

  it('keeps digits and one decimal mark', () => {
    expect(onlyDigits('2,5')).toBe('2,5')
    expect(onlyDigits('2,5,1')).toBe('2,51')
    expect(onlyDigits('-1a2')).toBe('12')
    expect(onlyDigits('.5')).toBe('.5')
  })
})
