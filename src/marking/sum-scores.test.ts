import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { newId } from '../platform/ids.ts'
import { computeScore } from './score.ts'
import { sumScores } from './sum-scores.ts'

const [a, b, c] = [newId(), newId(), newId()]
const ITEMS = [a, b, c].map((id) => ({ id, maxHundredths: 500 }))

test('stored scores are added up by the one scoring function, and their sum is as sensitive as they are', () => {
  const scores = new Map([
    [a, new Sensitive(123)],
    [b, null],
  ])
  const { totalHundredths, ...rest } = sumScores(ITEMS, scores)
  const plain = computeScore(ITEMS, new Map([[a, 123]]))
  expect({ ...rest, totalHundredths: reveal(totalHundredths, 'compute-score') }).toEqual(plain)
  expect(rest.missing).toEqual([b, c])
  expect(inspect(totalHundredths)).toBe('[redacted]')
})

test('a score of nothing counts', () => {
  expect(sumScores(ITEMS, new Map([[a, new Sensitive(0)]])).missing).toEqual([b, c])
})
