import { describe, expect, it } from 'vitest'
import { FAMILIES, mostSeriesOf, writeMetricsPage } from './metrics-page.ts'

/** What operators' dashboards and rules hold: R4, letter by letter. */
const FROZEN = [
  {
    name: 'grading_import_duration_seconds',
    type: 'histogram',
    exposedBy: 'worker',
    labels: { status: ['success', 'failed'], pages: ['1-10', '11-50', '51-100', '100+'] },
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300],
  },
  {
    name: 'grading_finalize_duration_seconds',
    type: 'histogram',
    exposedBy: 'worker',
    labels: { status: ['success', 'failed'], retry_attempt: ['1', '2', '3+'] },
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
  },
  {
    name: 'grading_ocr_errors_total',
    type: 'counter',
    exposedBy: 'worker',
    labels: { error_type: ['timeout', 'invalid_pdf', 'empty_result'] },
  },
  {
    name: 'grading_lock_conflicts_total',
    type: 'counter',
    exposedBy: 'api',
    labels: { conflict_type: ['already_locked', 'expired', 'token_mismatch'] },
  },
  {
    name: 'grading_copies_by_status',
    type: 'gauge',
    exposedBy: 'sweeper',
    labels: { status: ['STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED'] },
  },
]

const find = (name: string) => FAMILIES.find((family) => family.name === name)

describe('the metrics', () => {
  it.each(FROZEN)('of the requirements are as they were promised: $name', (promised) => {
    const { help: _, ...family } = find(promised.name) ?? { help: '' }
    expect(family).toEqual(promised)
  })

  it('of HTTP have the promised labels, and bounds on 0.2, 1 and 5 seconds', () => {
    const [requests, durations] = [find('http_requests_total'), find('http_request_duration_seconds')]
    expect([requests?.exposedBy, durations?.exposedBy]).toEqual(['api', 'api'])
    expect([requests?.type, Object.keys(requests?.labels ?? {})]).toEqual([
      'counter',
      ['method', 'path', 'status'],
    ])
    expect([durations?.type, Object.keys(durations?.labels ?? {})]).toEqual(['histogram', ['method', 'path']])
    expect(requests?.labels['method']).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', '_OTHER'])
    expect(durations?.buckets).toEqual([0.005, 0.05, 0.2, 1, 5, 10])
  })

  it.each(['api', 'worker'] as const)('of the %s can never be 600 series', (role) => {
    expect(mostSeriesOf(role)).toBeLessThan(600)
  })

  it('have a name of their own, a help and a unit where there is one', () => {
    for (const { name, type, help, buckets } of FAMILIES) {
      expect(name).toMatch(/^[a-z][a-z0-9_]+$/)
      expect(help).toMatch(/^[A-Z].+[^.]\.$/)
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
      expect(name.endsWith('_seconds') || buckets === undefined, name).toBe(true)
    }
    expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length)
  })

  it('are told in docs/metrics.md', async () => {
    await expect(writeMetricsPage()).toMatchFileSnapshot('../../docs/metrics.md')
  })
})
