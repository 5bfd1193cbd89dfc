import { describe, expect, it } from 'vitest'
import type { CopyView } from '../../src/copies/contract.ts'
import { freshState } from './desk-state.ts'
import { isFree, reasonsAgainst } from './finish-reasons.ts'
import { besides } from './next-copy.ts'

const [q1, q2] = [
  { itemId: 'q1', label: 'Q1' },
  { itemId: 'q2', label: 'Q2' },
]
const scores = new Map([
  ['q1', { points: 2, version: 1 }],
  ['q2', { points: null, version: 0 }],
])
const state = {
  ...freshState({ marks: new Map(), scores, remarks: new Map() }, { kind: 'reading' }),
  seen: new Set([1, 3]),
}
const copy = { questions: [q1, q2], requireAllScores: true, pages: 3, state }
const none = { misfits: [], unscored: [], unseen: [], unsaved: undefined }

describe('a copy', () => {
  it('cannot be finished while questions have no score or pages were not seen', () => {
    expect(reasonsAgainst(copy)).toEqual({ ...none, unscored: [q2], unseen: [2] })
    expect(reasonsAgainst({ ...copy, requireAllScores: false })).toEqual({ ...none, unseen: [2] })
    expect(isFree(reasonsAgainst(copy))).toBe(false)
    const all = { ...copy, requireAllScores: false, state: { ...state, seen: new Set([1, 2, 3]) } }
    expect(isFree(reasonsAgainst(all))).toBe(true)
  })

  it('cannot be finished with what is no score in a field, whatever score the question has, nor while nothing is saved', () => {
    const misfits = new Set(['q1', 'q2'])
    expect(reasonsAgainst({ ...copy, pages: 1, state: { ...state, misfits } })).toEqual({
      ...none,
      misfits: [q1, q2],
    })
    const one = { ...copy, questions: [q1], pages: 1 }
    const pending = [{ id: 'c1', type: 'score', itemId: 'q1', before: null, after: 2, version: 0 }] as const
    for (const saving of ['offline', 'failed'] as const) {
      const found = reasonsAgainst({ ...one, state: { ...state, saving, pending } })
      expect(found).toEqual({ ...none, unsaved: saving })
      expect(isFree(found)).toBe(false)
    }
    expect(isFree(reasonsAgainst({ ...one, state: { ...state, saving: 'failed' } }))).toBe(true)
    expect(isFree(reasonsAgainst({ ...copy, questions: [q1], pages: 1, state: { ...state, misfits } }))).toBe(
      false,
    )
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
