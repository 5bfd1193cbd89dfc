import { describe, expect, it } from 'vitest'
import type { Probe } from '../probes.ts'
import { highLatency } from './high-latency.ts'

/** The causes that hold when the probes, by their ids, find this. */
function judge(found: Readonly<Record<string, unknown>>) {
  const seen = { of: <T>(probe: Probe<T>) => found[probe.id] as T | undefined }
  return highLatency.causes.flatMap(({ id, judge }) => {
    const verdict = judge(seen)
    return verdict ? [{ id, ...verdict }] : []
  })
}
const causesOf = (found: Readonly<Record<string, unknown>>) => judge(found).map(({ id }) => id)

const lines = (count: number, fields: object = {}) => Array.from({ length: count }, () => ({ fields }))
const SLOW = { 'slow-answers': lines(5, { 'http.route': '/api/copies/:copyId' }) }

/** A busy system that is well: work waits for the pool, an engine is busy, processors too, and answers are quick. */
const BUSY = {
  ...{ blockers: [], 'slow-queries': [], connections: [{ application: 'paraph-api', connections: 10 }] },
  ...{ 'connection-refused': false, 'pool-waiting': 4, 'event-loop-lag': 0.2, 'event-loop-use': 0.97 },
  ...{ 'busy-engines': 1, 'long-imports': [{ batch: 'b', pages: 400, done: 30, seconds: 90 }] },
  ...{ 'cpu-pressure': 0.8, 'api-answers': 'answers', 'database-answers': 'answers' },
  ...{ 'slow-answers': [], 'refused-answers': [], 'failed-connections': [] },
}
const CALM = {
  ...{ ...BUSY, 'pool-waiting': 0, 'event-loop-use': 0.1, 'busy-engines': 0 },
  ...{ 'long-imports': [], 'cpu-pressure': 0 },
}

describe('a system', () => {
  it('that is well gives nothing to say, calm or busy, nor does it when nothing could be asked', () => {
    expect([judge(CALM), judge(BUSY), judge({})]).toEqual([[], [], []])
  })

  it('on which some upload over slow lines is no slow one', () => {
    const uploads = lines(20, { 'http.route': '/api/exams/:examId/batches' })
    expect(judge({ ...BUSY, 'slow-answers': uploads })).toEqual([])
  })

  it('that refuses a few requests of a hasty client is well', () => {
    expect(judge({ ...CALM, 'refused-answers': lines(9) })).toEqual([])
  })
})

describe('the cause of slow answers', () => {
  it('is the session at the head of those that wait for a lock', () => {
    const blocker = { pid: 42, application: 'other', waiting: 3, seconds: 8 }
    const [cause] = judge({ ...CALM, blockers: [blocker] })
    expect([cause?.id, cause?.subjects]).toEqual(['database-lock-contention', [blocker]])
  })

  it('is a query that takes long', () => {
    const query = { pid: 42, application: 'paraph-api', seconds: 3, waits: 'Timeout' }
    const [cause] = judge({ ...CALM, 'slow-queries': [query] })
    expect([cause?.id, cause?.subjects]).toEqual(['slow-query', [query]])
  })

  it('is a document that takes the machine, and the document alone is not', () => {
    const document = { ...BUSY, 'pool-waiting': 0, 'event-loop-use': 0.5 }
    expect([causesOf({ ...document, ...SLOW }), causesOf(document)]).toEqual([['large-document'], []])
    expect(causesOf({ ...document, ...SLOW, 'cpu-pressure': 0.1 })).toEqual([])
    expect(causesOf({ ...document, ...SLOW, 'busy-engines': 0 })).toEqual([])
    expect(causesOf({ ...document, ...SLOW, 'long-imports': [] })).toEqual([])
  })

  it('is that document also where its import could not be asked for, so long as an engine is busy', () => {
    const { 'long-imports': _, ...unasked } = { ...BUSY, 'pool-waiting': 0, 'event-loop-use': 0.5, ...SLOW }
    expect(causesOf(unasked)).toEqual(['large-document'])
    const { 'busy-engines': __, ...blind } = unasked
    expect(causesOf(blind)).toEqual([])
  })

  it('is a database that gives no connection, which the doctor or the api may have met', () => {
    expect(causesOf({ ...CALM, 'connection-refused': true })).toEqual(['pool-exhausted'])
    expect(causesOf({ ...CALM, 'failed-connections': lines(1) })).toEqual(['pool-exhausted'])
  })

  it('is a pool that work waits for, when answers are slow too', () => {
    expect(causesOf({ ...CALM, 'pool-waiting': 3, ...SLOW })).toEqual(['pool-exhausted'])
    expect(causesOf({ ...CALM, 'pool-waiting': 0, ...SLOW })).toEqual([])
  })

  it('is an event loop that is late, or an api that answers nothing', () => {
    expect(causesOf({ ...CALM, 'event-loop-lag': 0.51 })).toEqual(['event-loop-blocked'])
    expect(causesOf({ 'api-answers': 'silent' })).toEqual(['event-loop-blocked'])
  })

  it('is an api that is down, and then not its event loop', () => {
    const [cause, ...others] = judge({ 'api-answers': 'refused' })
    expect([cause?.id, cause?.weight, others]).toEqual(['api-down', 95, []])
    expect(cause?.evidence).toEqual([{ probe: 'api-answers', expected: 'answers', found: 'refused' }])
  })

  it('is a database that does not answer, unless it answers a process of ours', () => {
    for (const presence of ['refused', 'silent']) {
      const [cause, ...others] = judge({ 'database-answers': presence, 'api-answers': 'answers' })
      expect([cause?.id, others]).toEqual(['database-down', []])
      expect(cause?.evidence).toEqual([{ probe: 'database-answers', expected: 'answers', found: presence }])
    }
    const silent = { ...CALM, 'database-answers': 'silent' }
    expect(causesOf({ ...silent, 'api-reaches-database': 0, 'worker-reaches-database': 0 })).toEqual([
      'database-down',
    ])
    expect(judge({ ...silent, 'api-reaches-database': 0, 'worker-reaches-database': 1 })).toEqual([])
  })

  it('is too much work, told by refusals of each account or by an api that is fully used', () => {
    const greedy = lines(8, { user_id: 'one', request_id: 'request-of-one' })
    const refused = [...lines(2, { user_id: 'two', request_id: 'request-of-two' }), ...greedy]
    const [cause] = judge({ ...CALM, 'refused-answers': refused })
    expect([cause?.id, cause?.subjects]).toEqual([
      'overload',
      [
        { user: 'one', refused: 8, request: 'request-of-one' },
        { user: 'two', refused: 2, request: 'request-of-two' },
      ],
    ])
    expect(causesOf({ ...CALM, 'event-loop-use': 0.95, ...SLOW })).toEqual(['overload'])
  })

  it('has itself no cause among those that it brings about', () => {
    const explains = new Map(
      highLatency.causes.map(({ id, explains = [] }): [string, readonly string[]] => [id, explains]),
    )
    const reached = (id: string): readonly string[] =>
      (explains.get(id) ?? []).flatMap((effect) => [effect, ...reached(effect)])
    for (const id of explains.keys()) expect(reached(id)).not.toContain(id)
    expect(reached('slow-query')).toContain('pool-exhausted')
  })
})
