import { describe, expect, it } from 'vitest'
import type { Probe } from '../probes.ts'
import type { Subject } from '../subject.ts'
import {
  damagedAnnotations,
  failedFinalizations,
  finalizationFailing,
  retriedFinalizations,
} from './finalization-failing.ts'

const COPY = '0f0e0d0c-0000-4000-8000-000000000001'
const failed = (code: string | null) => ({
  ...{ copy: COPY, code, attempts: 3, request: 'request-of-the-job', seconds: 12 },
})
const damaged = { copy: COPY, annotation: '0f0e0d0c-0000-4000-8000-000000000002', page: 2 }

/** The causes that hold when the probes find these rows, with their verdicts. */
function judge(
  copies?: readonly Subject[],
  annotations: readonly Subject[] = [],
  retried: readonly Subject[] = [],
) {
  const found = new Map<Probe<unknown>, unknown>([
    [failedFinalizations, copies],
    [retriedFinalizations, retried],
    [damagedAnnotations, annotations],
  ])
  const seen = { of: <T>(probe: Probe<T>) => found.get(probe) as T | undefined }
  return finalizationFailing.causes.flatMap(({ id, judge }) => {
    const verdict = judge(seen)
    return verdict ? [{ id, ...verdict }] : []
  })
}

describe('a failing finalization', () => {
  it.each([
    ['engine-fault', 'engine-error'],
    ['out-of-memory', 'engine-error'],
    ['undrawable-annotation', 'undrawable-annotation'],
    ['timeout', 'finalize-timeout'],
    ['blob-missing', 'missing-blob'],
    ['corrupt', 'missing-blob'],
    ['worker-lost', 'retries-exhausted'],
    ['internal', 'retries-exhausted'],
    ['storage-full', 'retries-exhausted'],
    [null, 'retries-exhausted'],
  ])('whose last event says %s is put down to %s alone, and the copy named', (code, cause) => {
    const causes = judge([failed(code)])
    expect(causes.map(({ id }) => id)).toEqual([cause])
    expect(causes[0]?.subjects).toEqual([failed(code)])
    expect(causes[0]?.evidence).toContainEqual({
      probe: 'failed-finalizations',
      expected: 'none',
      found: [failed(code)],
    })
  })

  it('that is still being tried weighs less than one that has failed for good', () => {
    const [trying] = judge([], [], [failed('timeout')])
    const [given] = judge([failed('timeout')], [], [failed('timeout')])
    expect([trying?.id, given?.id]).toEqual(['finalize-timeout', 'finalize-timeout'])
    expect(trying?.weight).toBeLessThan(given?.weight ?? 0)
  })

  it('whose worker was lost is not called exhausted while attempts are left', () => {
    expect(judge([], [], [failed('worker-lost')])).toEqual([])
  })

  it('for a damaged annotation names the annotation and its page, of no other copy', () => {
    const other = { ...damaged, copy: '0f0e0d0c-0000-4000-8000-000000000003' }
    const [cause] = judge([failed('undrawable-annotation')], [damaged, other])
    expect(cause?.evidence).toContainEqual({
      probe: 'damaged-annotations',
      expected: 'none',
      found: [damaged],
    })
  })

  it('of copies with different causes is told cause by cause', () => {
    expect(
      judge([failed('timeout'), failed('engine-fault'), failed('internal')]).map(({ id }) => id),
    ).toEqual(['engine-error', 'finalize-timeout', 'retries-exhausted'])
  })

  it('is nothing to speak of when no copy has failed, or nobody could be asked', () => {
    expect(judge([])).toEqual([])
    expect(judge([], [damaged])).toEqual([])
    expect(judge(undefined)).toEqual([])
  })

  it('has commands whose names are all members of what was found', () => {
    const names = finalizationFailing.causes.flatMap(({ actions }) =>
      actions.flatMap(({ command }) => [...command.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)),
    )
    expect(names).toHaveLength(6)
    expect([...Object.keys(failed(null)), 'job']).toEqual(expect.arrayContaining(names))
  })
})
