import { describe, expect, it } from 'vitest'
import type { Probe } from '../probes.ts'
import { missingAuditEvents } from './missing-audit-events.ts'

const AT = Date.UTC(2026, 0, 5, 10) / 1_000
const timeOf = (seconds: number) => new Date((AT + seconds) * 1_000).toISOString()

/** The causes that hold when the probes, by their ids, find this. */
function judge(found: Readonly<Record<string, unknown>>) {
  const seen = { of: <T>(probe: Probe<T>) => found[probe.id] as T | undefined }
  return missingAuditEvents.causes.flatMap(({ id, judge }) => {
    const verdict = judge(seen)
    return verdict ? [{ id, ...verdict }] : []
  })
}
const causesOf = (found: Readonly<Record<string, unknown>>) => judge(found).map(({ id }) => id)

const OURS = { pid: 7, login: 'paraph_integrator', ours: true }
const HEALTHY = {
  'failed-work': [],
  'append-refusals': [],
  'last-direct-event': [{ event: 9, at: AT, now: AT + 30 }],
  'spooled-events': [],
  'lost-events': [],
  'appended-to-spool': 0,
  'appended-to-nothing': 0,
  'waiting-events': [{ events: 1, seconds: 1 }],
  'integrator-place': [OURS],
  'integration-failures': [],
  'moved-without-event': [],
}
const failure = (sqlstate: string | null, code = 'internal') => ({
  ...{ request: 'request-1', what: '/api/copies/:copyId/lock', time: timeOf(0) },
  ...{ code, sqlstate },
})
const refusal = (seconds: number, path = 'table') => ({
  time: timeOf(seconds),
  fields: {
    ...{ request_id: 'request-1', 'audit.path': path, 'db.response.status_code': '42501' },
    ...{ 'db.table': 'audit_event', 'audit.stream': 'stream-1', 'audit.seq': 3 },
  },
})

describe('events that are all there', () => {
  it('give nothing to say, nor do they when nothing could be asked', () => {
    expect([judge(HEALTHY), judge({})]).toEqual([[], []])
  })

  it('may have been refused before: since then one has come to the table, and the count says nothing', () => {
    const found = { 'append-refusals': [refusal(-60)], 'appended-to-spool': 4 }
    expect(judge({ ...HEALTHY, ...found })).toEqual([])
  })
})

describe('a request that failed', () => {
  it.each(['40001', '40P01', '53100', '57014', '57P01'])(
    'was rolled back by the database when that answered %s',
    (sqlstate) => {
      const [cause, ...others] = judge({ ...HEALTHY, 'failed-work': [failure(sqlstate)] })
      expect([cause?.id, others]).toEqual(['transaction-rolled-back', []])
      expect(cause?.subjects).toEqual([failure(sqlstate)])
    },
  )

  it('came to an error of its own when the database answered something else, or nothing', () => {
    for (const sqlstate of ['42501', '23505', null]) {
      expect(causesOf({ ...HEALTHY, 'failed-work': [failure(sqlstate)] })).toEqual(['exception-before-event'])
    }
  })

  it('is no error of ours when its code says what it is', () => {
    expect(judge({ ...HEALTHY, 'failed-work': [failure(null, 'storage-full')] })).toEqual([])
  })
})

describe('an event that the table refuses', () => {
  it('is told with its SQLSTATE and table, and what the counters say', () => {
    const found = { 'append-refusals': [refusal(5)], 'appended-to-spool': 1 }
    const [cause] = judge({ ...HEALTHY, ...found })
    expect([cause?.id, cause?.weight]).toEqual(['audit-write-failing', 85])
    expect(cause?.evidence).toEqual([
      {
        probe: 'append-refusals',
        expected: 'none',
        found: [
          {
            ...{ request: 'request-1', step: 'table', sqlstate: '42501', table: 'audit_event' },
            ...{ stream: 'stream-1', seq: 3 },
          },
        ],
      },
      { probe: 'appended-to-spool', expected: '0', found: 1 },
    ])
  })

  it('is believed for some seconds even though others were taken, since not all need the same', () => {
    const last = [{ event: 9, at: AT + 29, now: AT + 30 }]
    expect(causesOf({ ...HEALTHY, 'last-direct-event': last, 'append-refusals': [refusal(25)] })).toEqual([
      'audit-write-failing',
    ])
  })

  it('shows in the spool when nobody empties it, and not while somebody does', () => {
    const spool = (seconds: number) => ({ ...HEALTHY, 'spooled-events': [{ events: 2, seconds }] })
    expect(causesOf(spool(13))).toEqual(['audit-write-failing'])
    expect(causesOf(spool(4))).toEqual([])
  })

  it('is named by a GAP when nothing took it', () => {
    const lost = [{ stream: 'stream-1', seq: 3 }]
    const [cause] = judge({ ...HEALTHY, 'lost-events': lost, 'appended-to-nothing': 1 })
    expect([cause?.id, cause?.weight]).toEqual(['audit-write-failing', 60])
    expect(cause?.evidence.map(({ probe }) => probe)).toEqual(['lost-events', 'appended-to-nothing'])
  })
})

describe('the integrator', () => {
  it('has stopped when events wait and nobody has its place', () => {
    const waiting = [{ events: 40, seconds: 16 }]
    const [cause] = judge({ ...HEALTHY, 'waiting-events': waiting, 'integrator-place': [] })
    expect([cause?.id, cause?.weight]).toEqual(['integrator-stopped', 85])
  })

  it('has stopped when a stranger has its place, though nothing waits yet', () => {
    const stranger = { pid: 9, login: 'another', ours: false }
    const [cause] = judge({ ...HEALTHY, 'waiting-events': [], 'integrator-place': [stranger] })
    expect([cause?.id, cause?.weight]).toEqual(['integrator-stopped', 85])
    expect(cause?.evidence).toEqual([
      { probe: 'integrator-place', expected: 'one worker', found: [stranger] },
    ])
  })

  it('works in vain when events wait though a worker has its place: the failures say why', () => {
    const failures = [{ fields: { request_id: 'job-1', 'error.code': '40001' } }]
    const waiting = [{ events: 40, seconds: 16 }]
    const [cause] = judge({ ...HEALTHY, 'waiting-events': waiting, 'integration-failures': failures })
    expect([cause?.id, cause?.weight]).toEqual(['integrator-stopped', 65])
    expect(cause?.evidence.at(-1)).toMatchObject({ probe: 'integration-failures' })
  })

  it('is between two workers when nobody has its place and nothing has waited for long', () => {
    expect(judge({ ...HEALTHY, 'integrator-place': [] })).toEqual([])
  })
})

describe('a copy that moved without an event', () => {
  it('was changed outside the application', () => {
    const copies = [{ copy: 'copy-1', status: 'GRADED', lastMove: 'VALIDATE', places: 2, events: 2 }]
    const [cause] = judge({ ...HEALTHY, 'moved-without-event': copies })
    expect([cause?.id, cause?.subjects]).toEqual(['change-outside-application', copies])
  })
})
