import { describe, expect, it } from 'vitest'
import { CLICK_LINES, lineAt, moment, STORY } from '../../test/support/written-log.ts'
import type { RequestEventRow } from '../audit/store.ts'
import { idSchema } from '../platform/contract.ts'
import type { RequestJobRow } from '../queue/store.ts'
import { parseLine } from './log-lines.ts'
import { type Recorded, tellStory } from './story.ts'

const [stream, copy, jobId, actor] = [STORY.stream, STORY.copy, STORY.job, STORY.actor].map((id) =>
  idSchema.parse(id),
) as [StreamRef, StreamRef, StreamRef, StreamRef]
type StreamRef = RequestEventRow['streamRef']

const NOTHING: Recorded = { events: [], jobs: [], owners: [] }
const OWNERS: Recorded['owners'] = [{ streamRef: stream, kind: 'copy', id: copy }]
const NOW = moment(10)

function event(seconds: number, seq: number, action: string, metadata: object = {}): RequestEventRow {
  return {
    id: String(seq),
    streamKind: 'copy',
    streamRef: stream,
    seq,
    action,
    actorKind: 'user',
    actorRef: actor,
    requestId: STORY.requestId,
    occurredAt: moment(seconds),
    metadata: { ...metadata },
  }
}

function job(changes: Partial<RequestJobRow> = {}): RequestJobRow {
  return {
    jobId,
    queue: 'finalize-copy',
    state: 'completed',
    attempts: 2,
    startAfter: moment(3),
    startedAt: moment(3),
    endedAt: moment(4.2),
    payload: { copyId: copy, version: 1 },
    output: null,
    ...changes,
  }
}

const tell = (lines: readonly string[], recorded?: Recorded) =>
  tellStory(
    lines.map(parseLine).filter((line) => line !== undefined),
    recorded,
    NOW,
  )
/** The second, the kind, the words and the outcome of each entry. */
const brief = ({ entries }: ReturnType<typeof tellStory>) =>
  entries.map(({ at, kind, what, outcome }) => [
    (Date.parse(at) - moment(0).getTime()) / 1_000,
    kind,
    what,
    ...(outcome === undefined ? [] : [outcome]),
  ])
const LINES = [...CLICK_LINES.worker, ...CLICK_LINES.api]

describe('the story of a request', () => {
  it('is told from its lines in the order of time; requests and attempts stand where they begin', () => {
    expect(brief(tell(LINES))).toEqual([
      [0, 'request', 'POST /api/copies/:copyId/finalize', '202'],
      [0.03, 'event', 'FINALIZE_REQUEST'],
      [0.1, 'attempt', 'finalize-copy, attempt 1', 'retry'],
      [1.1, 'failure', 'job.failed', 'engine-fault, AppError, pdf/errors.ts:40'],
      [3, 'attempt', 'finalize-copy, attempt 2', 'completed'],
    ])
  })

  it('is summed up: one failure, although it left two lines', () => {
    expect(tell(LINES).summary).toEqual({
      requests: 1,
      attempts: 2,
      events: 1,
      failures: 1,
      pending: 0,
      durationMs: 4_200,
    })
  })

  it('is the same in the same millisecond, whatever the order of the files', () => {
    const lines = [
      lineAt(1, 'lock.conflict', { level: 'WARNING', 'conflict.type': 'expired' }),
      lineAt(1, 'http.request', { 'http.request.method': 'POST', 'http.route': '*', duration_ms: 0 }),
    ]
    expect(tell(lines).entries.map(({ what }) => what)).toEqual(['POST *', 'lock.conflict'])
    expect(tell(lines.toReversed()).entries).toEqual(tell(lines).entries)
  })

  it('of nothing is empty', () => {
    expect(tell([], NOTHING)).toMatchObject({ entries: [], summary: { durationMs: 0 } })
  })
})

describe('an event', () => {
  it('that is in the log and in the database is told once, with what each of them knows', () => {
    const recorded = { ...NOTHING, owners: OWNERS, events: [event(0.025, 20, 'FINALIZE_REQUEST')] }
    const events = tell(LINES, recorded).entries.filter(({ kind }) => kind === 'event')
    expect(events).toEqual([
      expect.objectContaining({
        at: moment(0.025).toISOString(),
        what: 'FINALIZE_REQUEST',
        who: { kind: 'user', id: STORY.account },
        about: [{ kind: 'copy', id: copy }],
      }),
    ])
  })

  it('that only the database has is told with its outcome and the reference of its actor', () => {
    const events = [
      event(1.09, 21, 'FINALIZE', { success: false, error_code: 'engine-fault' }),
      event(4.19, 22, 'FINALIZE', { success: true }),
    ]
    const told = tell([], { ...NOTHING, owners: OWNERS, events }).entries
    expect(told.map(({ outcome, level }) => [outcome, level])).toEqual([
      ['engine-fault', 'WARNING'],
      ['success', 'INFO'],
    ])
    expect(told[0]?.who).toEqual({ kind: 'user', ref: actor })
  })

  it('that only the log has is missing in a database that was asked', () => {
    expect(tell(LINES, NOTHING).entries.find(({ kind }) => kind === 'event')).toMatchObject({
      level: 'ERROR',
      outcome: 'not in the database',
    })
  })

  it('never shows a code that is none of ours, nor the rest of its metadata', () => {
    const metadata = { success: false, error_code: 'ZoeMarqueur', filename: 'ZoeMarqueur' }
    const story = tell([], { ...NOTHING, events: [event(1, 1, 'IMPORT', metadata)] })
    expect(JSON.stringify(story)).not.toContain('ZoeMarqueur')
    expect(story.entries[0]?.outcome).toBe('failed')
  })
})

describe('a job of the queue', () => {
  const attempts = (changes: Partial<RequestJobRow>, lines: readonly string[] = []) =>
    brief(tell(lines, { ...NOTHING, jobs: [job(changes)] })).filter(([, kind]) => kind !== 'event')

  it('adds nothing when every attempt has its line', () => {
    expect(attempts({}, CLICK_LINES.worker)).toEqual(brief(tell(CLICK_LINES.worker)))
  })

  it('says what its lines are about when they do not', () => {
    const lines = CLICK_LINES.worker.map((line) => line.replace(`,"copy.id":"${copy}"`, ''))
    const about = tell(lines, { ...NOTHING, jobs: [job()] }).entries.map((entry) => entry.about)
    expect(about).toEqual(lines.map(() => [{ kind: 'copy', id: copy }]))
  })

  it('tells its last attempt when the log does not, with its duration', () => {
    const story = tell([], { ...NOTHING, jobs: [job({ attempts: 1 })] })
    expect(story.entries).toEqual([
      expect.objectContaining({
        at: moment(3).toISOString(),
        what: 'finalize-copy, attempt 1',
        outcome: 'completed',
        durationMs: 1_200,
        about: [{ kind: 'copy', id: copy }],
      }),
    ])
  })

  it.each([
    ['failed', { state: 'failed', output: { code: 'internal' } }],
    ['failed', { state: 'completed', output: { code: 'encrypted' } }],
    ['cancelled', { state: 'cancelled' }],
  ] as const)('has %s when the queue says so', (outcome, changes) => {
    expect(attempts({ attempts: 1, ...changes })).toEqual([
      [3, 'attempt', 'finalize-copy, attempt 1', outcome],
    ])
  })

  it('tells of an attempt that left no line, before the one that followed it', () => {
    expect(attempts({}, CLICK_LINES.worker.slice(2))).toEqual([
      [3, 'attempt', 'finalize-copy, attempt 1', 'left no line'],
      [3, 'attempt', 'finalize-copy, attempt 2', 'completed'],
    ])
  })

  it('that runs is not over', () => {
    const story = tell([], { ...NOTHING, jobs: [job({ state: 'active', attempts: 1, endedAt: null })] })
    expect(brief(story)).toEqual([[3, 'attempt', 'finalize-copy, attempt 1', 'running']])
    expect(story.summary).toMatchObject({ pending: 1, failures: 0, durationMs: 7_000 })
  })

  it.each([
    ['has not run yet', { state: 'created', attempts: 0, startedAt: null }, 1],
    ['waits for its next attempt', { state: 'retry', attempts: 1, startedAt: moment(2) }, 2],
  ] as const)('that %s is told, since when and for which attempt', (_title, changes, attempt) => {
    const story = tell([], { ...NOTHING, jobs: [job({ endedAt: null, ...changes })] })
    expect(story.entries.at(-1)).toMatchObject({
      at: moment(3).toISOString(),
      kind: 'waiting',
      what: `finalize-copy, attempt ${attempt}`,
      outcome: 'waits',
      durationMs: 7_000,
    })
    expect(story.summary.pending).toBe(1)
  })

  it('that is due later says so, and does not lengthen the story', () => {
    const { entries, summary } = tell(CLICK_LINES.worker.slice(0, 2), {
      ...NOTHING,
      jobs: [job({ state: 'retry', attempts: 1, startAfter: moment(60) })],
    })
    expect(entries.at(-1)).toMatchObject({ kind: 'waiting', outcome: 'due', durationMs: 0 })
    expect(summary).toMatchObject({ durationMs: 1_000, attempts: 1, pending: 1 })
  })

  it('that was handed on as lost is told only while that is not settled', () => {
    const lost = { queue: 'finalize-copy-lost', attempts: 1 }
    expect(attempts({ ...lost, state: 'completed' })).toEqual([])
    expect(attempts({ ...lost, state: 'retry', attempts: 7 })).toEqual([
      [3, 'waiting', 'finalize-copy-lost, attempt 8', 'waits'],
    ])
  })
})
