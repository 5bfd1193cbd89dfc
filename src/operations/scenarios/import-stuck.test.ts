import { describe, expect, it } from 'vitest'
import type { Probe } from '../probes.ts'
import { importStuck } from './import-stuck.ts'

/** The causes that hold when the probes, by their ids, find this. */
function judge(found: Readonly<Record<string, unknown>>) {
  const seen = { of: <T>(probe: Probe<T>) => found[probe.id] as T | undefined }
  return importStuck.causes.flatMap(({ id, judge }) => {
    const verdict = judge(seen)
    return verdict ? [{ id, ...verdict }] : []
  })
}
const causesOf = (found: Readonly<Record<string, unknown>>) => judge(found).map(({ id }) => id)

const HEALTHY = {
  ...{ 'worker-answers': 'answers', 'waiting-imports': [], 'paused-queues': [], 'failed-imports': [] },
  ...{ 'broken-uploads': [], 'accepted-uploads': [], 'free-bytes': 5e10 },
  ...{ 'abandoned-jobs': [], 'unheard-jobs': [], 'postponed-jobs': [] },
}

describe('imports', () => {
  it('give nothing to say when all is well, nor do they when nothing could be asked', () => {
    expect([judge(HEALTHY), judge({})]).toEqual([[], []])
  })

  it('have no worker when it is down or frozen, and the evidence says which', () => {
    for (const answer of ['refused', 'silent']) {
      const [cause, ...others] = judge({ ...HEALTHY, 'worker-answers': answer })
      expect([cause?.id, others]).toEqual(['worker-down', []])
      expect(cause?.evidence).toEqual([{ probe: 'worker-answers', expected: 'answers', found: answer }])
    }
  })
})

describe('a failed import', () => {
  it.each([
    ['timeout', 'engine-timeout'],
    ['engine-fault', 'engine-timeout'],
    ['out-of-memory', 'engine-timeout'],
    ['not-a-pdf', 'corrupt-pdf'],
    ['storage-full', 'disk-space'],
    ['worker-lost', 'import-failed-otherwise'],
    ['database-unavailable', 'import-failed-otherwise'],
    ['internal', 'import-failed-otherwise'],
  ])('with the code %s is laid to %s, and to nothing else', (code, cause) => {
    expect(causesOf({ ...HEALTHY, 'failed-imports': [{ batch: 'b', code, seconds: 9 }] })).toEqual([cause])
  })
})

describe('a job that nobody runs', () => {
  const job = { job: 'j', queue: 'import-batch', seconds: 90 }

  it.each(['abandoned-jobs', 'unheard-jobs', 'postponed-jobs'])(
    'is named by %s, beside what failed, to be put back on its queue',
    (probe) => {
      const [cause, ...others] = judge({ ...HEALTHY, [probe]: [job] })
      expect([cause?.id, cause?.subjects, others]).toEqual(['import-failed-otherwise', [job], []])
      const failed = { batch: 'b', code: 'internal', seconds: 9 }
      const [both] = judge({ ...HEALTHY, [probe]: [job], 'failed-imports': [failed] })
      expect(both?.evidence.map((one) => one.probe)).toEqual(['failed-imports', probe])
      expect(both?.subjects).toEqual([failed, job])
    },
  )

  it('is no matter of imports when it finalizes a copy', () => {
    expect(judge({ ...HEALTHY, 'abandoned-jobs': [{ ...job, queue: 'finalize-copy' }] })).toEqual([])
  })
})

describe('a paused queue', () => {
  const paused = (reason: string, waiting: number) =>
    judge({ ...HEALTHY, 'paused-queues': [{ queue: 'import-batch', reason, waiting, seconds: 9 }] })

  it('weighs little for maintenance that keeps nobody waiting, and much in any other case', () => {
    const weights = [paused('maintenance', 0), paused('maintenance', 1), paused('requested', 0)]
    expect(weights.map(([cause]) => cause?.weight)).toEqual([30, 90, 90])
  })
})

describe('an upload that broke off', () => {
  const line = (second: number, fields: object) => ({
    time: `2026-01-05T10:00:0${second}.000Z`,
    fields: { user_id: 'one', ...fields },
  })
  const broken = (second: number, fields: object = {}) =>
    line(second, { 'http.request.method': 'POST', 'http.response.status_code': 499, ...fields })
  const openOf = (requests: readonly object[], accepted: readonly object[]) =>
    judge({ ...HEALTHY, 'broken-uploads': requests, 'accepted-uploads': accepted })[0]?.subjects?.length ?? 0

  it('is made good by one upload each of the same account', () => {
    expect(openOf([broken(1), broken(2)], [])).toBe(2)
    expect(openOf([broken(1), broken(2)], [line(3, {})])).toBe(1)
    expect(openOf([broken(1), broken(2)], [line(3, {}), line(4, {})])).toBe(0)
    expect(openOf([broken(1), broken(3)], [line(2, {})])).toBe(1)
  })

  it('is not made good by an earlier upload, nor by one of somebody else', () => {
    expect(openOf([broken(2)], [line(1, {})])).toBe(1)
    expect(openOf([broken(1)], [line(2, { user_id: 'two' })])).toBe(1)
  })

  it('is no list of scans that somebody stopped waiting for, nor an upload that was answered', () => {
    expect(openOf([broken(1, { 'http.request.method': 'GET' })], [])).toBe(0)
    expect(openOf([broken(1, { 'http.response.status_code': 413 })], [])).toBe(0)
  })
})
