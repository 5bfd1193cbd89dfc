import { describe, expect, it } from 'vitest'
import type { CopyView } from '../../src/copies/contract.ts'
import { reasonsAgainst } from './finish-reasons.ts'
import { besides } from './next-copy.ts'

const items = [
  { itemId: 'q1', label: 'Q1' },
  { itemId: 'q2', label: 'Q2' },
]

describe('a copy', () => {
  it('cannot be finished while questions have no score or pages were not seen', () => {
    const state = { items, scored: (id: string) => id === 'q1', pages: 3, seen: new Set([1, 3]) }
    expect(reasonsAgainst({ ...state, requireAllScores: true })).toEqual({ unscored: ['Q2'], unseen: [2] })
    expect(reasonsAgainst({ ...state, requireAllScores: false })).toEqual({ unscored: [], unseen: [2] })
  })

  it('is followed by those that wait, of its exam before the others, around the end', () => {
    const copy = (id: string, examId: string, status: string) => ({ id, examId, status }) as CopyView
    const copies = [
      copy('a', 'maths', 'LOCKED'),
      copy('b', 'french', 'READY'),
      copy('c', 'maths', 'GRADED'),
      copy('d', 'maths', 'READY'),
    ]
    expect(besides(copies, 'a', 1)?.id).toBe('d')
    expect(besides(copies, 'd', 1)?.id).toBe('b')
    expect(besides(copies, 'a', -1)?.id).toBe('b')
    expect(besides([copies[0] as CopyView], 'a', 1)).toBeUndefined()
  })
})
