import { describe, expect, it } from 'vitest'
import { CLICK_LINES, lineAt, moment, STORY } from '../../test/support/written-log.ts'
import { parseLine } from './log-lines.ts'
import { tellStory } from './story.ts'
import type { Trace } from './trace.ts'
import { formatRemarks, formatStory, formatSummary, formatUnknown, type Paint } from './trace-text.ts'

const plain: Paint = (_style, text) => text
const tell = (lines: readonly string[]) =>
  tellStory(
    lines.map(parseLine).filter((line) => line !== undefined),
    undefined,
    moment(10),
  )
const CLICK = tell([...CLICK_LINES.api, ...CLICK_LINES.worker])
const NONE = { requests: 0, attempts: 0, events: 0, failures: 0, pending: 0, durationMs: 0 }

describe('the story for a person', () => {
  it('is a table in columns, the ids in full below it, and what it came to', () => {
    expect(formatStory(STORY.requestId, CLICK, plain)).toMatchInlineSnapshot(`
      "Request click-0001

      time (UTC)    what                               who             about           outcome                                   duration
      06:15:00.000  POST /api/copies/:copyId/finalize  user …acc00001  copy …c0b10001  202                                       40 ms
      06:15:00.030  FINALIZE_REQUEST                   user …acc00001  copy …c0b10001
      06:15:00.100  finalize-copy, attempt 1           system          copy …c0b10001  retry                                     1.0 s
      06:15:01.100  WARNING job.failed                 system          copy …c0b10001  engine-fault, AppError, pdf/errors.ts:40
      06:15:03.000  finalize-copy, attempt 2           system          copy …c0b10001  completed                                 1.2 s

      account  0198f3a2-7a55-7c11-9d34-0000acc00001
      copy     0198f3a2-7a55-7c11-9d34-0000c0b10001
      job      0198f3a2-7a55-4c11-9d34-0000f0b00001

      1 request, 2 job attempts, 1 event, 1 failure, 4.2 s from click to end"
    `)
  })

  it('stands out by its failures', () => {
    const painted: string[] = []
    formatStory(STORY.requestId, CLICK, (style, text) => {
      painted.push(`${style}: ${text.slice(14, 40).trim()}`)
      return text
    })
    expect(painted).toContain('yellow: finalize-copy, attempt 1')
    expect(painted).toContain('yellow: WARNING job.failed')
    expect(painted.filter((text) => /^(red|yellow)/.test(text))).toHaveLength(2)
  })

  it('names the trace, and the days when there are several', () => {
    const day = 86_400
    const lines = [
      lineAt(0, 'session.opened', { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }),
      lineAt(day, 'session.closed'),
    ]
    const text = formatStory(STORY.requestId, tell(lines), plain)
    expect(text).toContain(`Request ${STORY.requestId}, trace 4bf92f3577b34da6a3ce929d0e0e4736\n`)
    expect(text).toMatch(/^2026-11-23 06:15:00\.000 {2}session\.opened/m)
    expect(text).toMatch(/^2026-11-24 06:15:00\.000 {2}session\.closed/m)
    expect(text).toMatch(/24 h 0 min from beginning to end$/)
  })
})

describe('the sum of a story', () => {
  it.each([
    [
      { requests: 1, attempts: 2, events: 3, failures: 1, durationMs: 4_200 },
      '1 request, 2 job attempts, 3 events, 1 failure, 4.2 s from click to end',
    ],
    [{ requests: 2, failures: 2, durationMs: 12 }, '2 requests, 2 failures, 12 ms from click to end'],
    [{ attempts: 1, durationMs: 61_000 }, '1 job attempt, 1 min 1 s from beginning to end'],
    [
      { requests: 1, attempts: 1, pending: 1, durationMs: 900 },
      '1 request, 1 job attempt, 900 ms so far, 1 not over yet',
    ],
  ])('%o', (counts, sentence) => {
    expect(formatSummary({ ...NONE, ...counts })).toBe(sentence)
  })
})

describe('what is said besides', () => {
  const trace = (changes: Partial<Trace> = {}): Trace => ({
    ...tell([]),
    requestId: STORY.requestId,
    found: false,
    logs: { state: 'read', files: 3, brokenLines: 0, since: '2026-11-20T08:00:00.123Z' },
    database: { state: 'read' },
    ...changes,
  })
  const logs = { files: 0, brokenLines: 0, since: undefined }

  it('is nothing when everything could be asked', () => {
    expect(formatRemarks(trace())).toEqual([])
  })

  it.each<[Partial<Trace>, string]>([
    [{ logs: { ...logs, state: 'absent' } }, 'There are no log files here'],
    [{ logs: { ...logs, state: 'unreadable', errorCode: 'eacces' } }, 'The logs cannot be read (eacces).'],
    [{ logs: { ...logs, state: 'read', brokenLines: 2 } }, 'Lines that cannot be read: 2.'],
    [{ database: { state: 'absent' } }, 'There is no database here'],
    [{ database: { state: 'stopped' } }, 'The embedded database does not run'],
    [{ database: { state: 'unreachable', errorCode: 'econnrefused' } }, 'cannot be asked (econnrefused)'],
  ])('names what could not: %o', (changes, remark) => {
    expect(formatRemarks(trace(changes))).toEqual([expect.stringContaining(remark)])
  })

  it('of an unknown id is where it was looked for, and how far back', () => {
    expect(formatUnknown(trace())).toBe(
      'Nothing is known of this request. Asked: 3 log files, which go back to 2026-11-20T08:00:00Z; the database.',
    )
    const nowhere = trace({ logs: { ...logs, state: 'absent' }, database: { state: 'stopped' } })
    expect(formatUnknown(nowhere)).toBe('Nothing could be asked about this request.')
  })
})
