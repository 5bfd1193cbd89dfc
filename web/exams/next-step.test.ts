import { describe, expect, it } from 'vitest'
import type { CopyView } from '../../src/copies/contract.ts'
import { nextStepOf } from './next-step.ts'

type Known = Parameters<typeof nextStepOf>[0]
type Copy = Known['copies'][number]

const copy = (status: CopyView['status'], more: Partial<Copy> = {}): Copy => ({
  ...{ batchId: 'b1', status, pages: 4, assignedMarkerId: 'm1', erasedAt: null },
  ...more,
})
const imported = { id: 'b1', status: 'IMPORTED', unresolvedPages: 0 } as const
const exam = { markers: ['m1'], release: { releasedAt: null, version: 0 } }

describe('what an exam waits for', () => {
  it('is a scan, as long as there is none, or none that came to copies', () => {
    expect(nextStepOf({ exam, batches: [], copies: [] })).toEqual({ kind: 'upload' })
    const batches = [{ ...imported, status: 'FAILED' as const, unresolvedPages: 9 }]
    expect(nextStepOf({ exam, batches, copies: [] })).toEqual({ kind: 'upload' })
  })

  it('is the reading of its pages, unless some of another scan are to be looked at', () => {
    const running = { ...imported, id: 'b2', status: 'IMPORTING' as const, unresolvedPages: 9 }
    expect(nextStepOf({ exam, batches: [running], copies: [] })).toEqual({ kind: 'reading' })
    const batches = [running, { ...imported, unresolvedPages: 2 }]
    const copies = [copy('STAGING'), copy('READY')]
    const check = { kind: 'check', batchId: 'b1', copies: 1, pages: 2 }
    expect(nextStepOf({ exam, batches, copies })).toEqual(check)
  })

  it('is a marker, then the sharing out', () => {
    const copies = [copy('READY', { assignedMarkerId: null }), copy('READY')]
    const alone = { ...exam, markers: [] }
    expect(nextStepOf({ exam: alone, batches: [imported], copies })).toEqual({ kind: 'add-marker' })
    expect(nextStepOf({ exam, batches: [imported], copies })).toEqual({ kind: 'share-out', copies: 1 })
  })

  it('is a finalization to be repeated, then those who mark', () => {
    const copies = [copy('GRADED'), copy('LOCKED')]
    const failed = [...copies, copy('GRADING_FAILED')]
    expect(nextStepOf({ exam, batches: [imported], copies: failed })).toEqual({ kind: 'failed', copies: 1 })
    const marking = { kind: 'marking', done: 1, all: 2 }
    expect(nextStepOf({ exam, batches: [imported], copies })).toEqual(marking)
  })

  it('is the release, and then nothing', () => {
    const copies = [copy('GRADED'), copy('STAGING', { pages: 0 }), copy('READY', { erasedAt: 'then' })]
    expect(nextStepOf({ exam, batches: [imported], copies })).toEqual({ kind: 'release' })
    const released = { ...exam, release: { releasedAt: '2026-06-01T10:00:00Z', version: 1 } }
    expect(nextStepOf({ exam: released, batches: [imported], copies })).toBeUndefined()
  })
})
