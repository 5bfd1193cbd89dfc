import { describe, expect, it } from 'vitest'
import type { Probe } from '../probes.ts'
import { lockConflicts } from './lock-conflicts.ts'

const COPY = '0f0e0d0c-0000-4000-8000-000000000001'
const OTHER = '0f0e0d0c-0000-4000-8000-000000000002'
const LOCKED_AT = Date.UTC(2026, 0, 5, 10) / 1_000

/** A live lease that was taken at ten o'clock, an hour ago. */
const lease = (more: object = {}) => ({
  ...{ copy: COPY, held: 3_600, silent: 10, since: LOCKED_AT, freed: null },
  ...more,
})
/** Refusals on a copy, one a second, from so many seconds after ten on. */
const refusals = (count: number, copy = COPY, from = 60) =>
  Array.from({ length: count }, (_, index) => ({
    time: new Date((LOCKED_AT + from + index) * 1_000).toISOString(),
    fields: { 'copy.id': copy },
  }))

/** The causes that hold when the probes, by their ids, find this. */
function judge(found: Readonly<Record<string, unknown>>) {
  const seen = { of: <T>(probe: Probe<T>) => found[probe.id] as T | undefined }
  return lockConflicts.causes.flatMap(({ id, judge }) => {
    const verdict = judge(seen)
    return verdict ? [{ id, ...verdict }] : []
  })
}
const causesOf = (found: Readonly<Record<string, unknown>>) => judge(found).map(({ id }) => id)

const SWEEPING = {
  'expired-locks': [],
  'sweeper-lock': [{ pid: 7, application: 'paraph-worker' }],
  'last-sweep': 1,
}
const HEALTHY = { ...SWEEPING, leases: [lease()], 'refused-locks': [], 'token-mismatches': [] }

describe('locks', () => {
  it('that work give nothing to say, nor do they when nothing could be asked', () => {
    expect([judge(HEALTHY), judge({})]).toEqual([[], []])
  })

  it('that some find taken now and then are as they should be', () => {
    const clicks = [...refusals(2), ...refusals(2, OTHER)]
    const leases = [lease(), lease({ copy: OTHER })]
    expect(judge({ ...HEALTHY, leases, 'refused-locks': clicks, 'token-mismatches': clicks })).toEqual([])
  })
})

describe('the sweeper', () => {
  it('is down when leases are long over', () => {
    const expired = [{ copy: COPY, seconds: 40 }]
    expect(causesOf({ ...HEALTHY, 'expired-locks': expired })).toEqual(['sweeper-down'])
  })

  it('is down when somebody else holds its lock, who is named by the session', () => {
    const stranger = { pid: 99, application: 'other' }
    const [cause] = judge({ ...HEALTHY, 'sweeper-lock': [stranger], 'last-sweep': undefined })
    expect([cause?.id, cause?.subjects]).toEqual(['sweeper-down', [stranger]])
    expect(cause?.evidence[0]).toEqual({
      ...{ probe: 'sweeper-lock', expected: 'paraph-worker', found: [stranger] },
    })
  })

  it('is down when its last sweep is old', () => {
    expect(causesOf({ ...HEALTHY, 'last-sweep': 61 })).toEqual(['sweeper-down'])
  })

  it('is not down when another worker than the one that was asked sweeps', () => {
    expect(judge({ ...HEALTHY, 'last-sweep': undefined })).toEqual([])
  })
})

describe('a copy that others want', () => {
  it('is kept open by a marker who still gives signs of life', () => {
    const [cause, ...more] = judge({ ...HEALTHY, 'refused-locks': refusals(3) })
    expect([cause?.id, more]).toEqual(['marker-did-not-release', []])
    expect(cause?.subjects).toEqual([{ copy: COPY, refused: 3, held: 3_600, silent: 10 }])
  })

  it('is held by a browser that is gone when there was no sign of life for two minutes', () => {
    const leases = [lease({ silent: 120 })]
    expect(causesOf({ ...HEALTHY, leases, 'refused-locks': refusals(3) })).toEqual(['browser-gone'])
  })

  it('is nobody’s fault once the lease is another one, or none', () => {
    const later = [lease({ since: LOCKED_AT + 600 })]
    const refused = { 'refused-locks': refusals(9) }
    expect([
      causesOf({ ...HEALTHY, ...refused, leases: later }),
      causesOf({ ...HEALTHY, ...refused, leases: [] }),
    ]).toEqual([[], []])
  })
})

describe('two tabs that fight for a copy', () => {
  it('are a storm from five mismatches on', () => {
    const storm = judge({ ...HEALTHY, 'token-mismatches': refusals(5) })
    expect(storm.map(({ id, subjects }) => [id, subjects])).toEqual([
      ['token-mismatch-storm', [{ copy: COPY, refused: 5 }]],
    ])
    expect(causesOf({ ...HEALTHY, 'token-mismatches': refusals(4) })).toEqual([])
  })

  it('remain one when the lease has just changed hands between them, until the copy is freed', () => {
    const found = { ...HEALTHY, 'token-mismatches': refusals(6) }
    const taken = lease({ since: LOCKED_AT + 65 })
    expect(causesOf({ ...found, leases: [taken] })).toEqual(['token-mismatch-storm'])
    expect(causesOf({ ...found, leases: [{ ...taken, freed: LOCKED_AT + 66 }] })).toEqual([])
  })
})
