import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../platform/ids.ts'
import { openRecentLines } from './recent-lines.ts'
import { highLatency } from './scenarios/high-latency.ts'
import { importStuck } from './scenarios/import-stuck.ts'
import { missingAuditEvents } from './scenarios/missing-audit-events.ts'
import { makeSupportBundle } from './support-bundle.ts'

/** What R3.1 takes from a caller, and could be somebody. */
const PERSONS = [
  'marie.dupont',
  'Dupont_Marie_2A',
  'zzq7-3eme-B-Durand',
  '0612345678',
  'job-marie.dupont',
  'paraph-trace',
]
const NOW = new Date('2026-01-05T10:00:30.000Z')

describe('a bundle for whoever helps from elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-bundle-'))
  const own = [newId(), `job-${newId()}`]
  beforeAll(() => {
    const frame = { time: '2026-01-05T10:00:00.000Z', level: 'INFO', severity_number: 9, logger: 'http' }
    const route = { 'http.request.method': 'POST', 'http.route': '/api/exams/:examId/batches' }
    const lines = [...PERSONS, ...own].flatMap((id) => [
      { ...frame, event: 'http.request', request_id: id, ...route, 'http.response.status_code': 499 },
      { ...frame, level: 'ERROR', event: 'http.failed', request_id: id, 'error.code': 'internal' },
    ])
    mkdirSync(join(folder, 'api'))
    writeFileSync(join(folder, 'api', 'app.log'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const makeBundle = () =>
    makeSupportBundle({
      ...{ now: () => NOW, version: '0.0.0', settings: {}, logsDirectory: folder },
      scenarios: [importStuck, highLatency, missingAuditEvents],
      sources: {
        ...{ windowSeconds: 900, now: () => NOW, rows: async () => [], samples: async () => [] },
        ...{
          presence: async () => 'answers' as const,
          databasePresence: async () => 'answers' as const,
          freeBytes: async () => 1e12,
          cpuPressure: async () => 0,
        },
        ...openRecentLines(folder, new Date(0)),
      },
      openDatabase: async () => undefined,
      fetchText: async () => '{}',
    })

  it('holds no request id that a caller chose, in lines, evidence or commands', async () => {
    const bundle = await makeBundle()
    expect(bundle.diagnosis.findings.map(({ cause }) => cause)).toEqual(
      expect.arrayContaining(['upload-incomplete', 'exception-before-event']),
    )
    expect(bundle.log).toHaveLength(2 * (PERSONS.length + own.length))
    const text = JSON.stringify({ diagnosis: bundle.diagnosis, log: bundle.log })
    expect(text).toMatch(/paraph trace foreign-[0-9a-f]{24}"/)
    for (const person of PERSONS) expect(text).not.toContain(person)
    for (const id of own) expect(text).toContain(id)
  })

  it('shows which lines belong together, and other bundles not with which', async () => {
    const idsOf = (log: Awaited<ReturnType<typeof makeBundle>>['log']) =>
      new Set(Array.isArray(log) ? log.map(({ fields }) => fields.request_id) : [])
    const [one, other] = [idsOf((await makeBundle()).log), idsOf((await makeBundle()).log)]
    expect(one.size).toBe(PERSONS.length + own.length)
    expect([...one].filter((id) => other.has(id))).toEqual(own)
  })
})
