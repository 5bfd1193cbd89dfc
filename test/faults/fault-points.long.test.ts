import { readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULT_POINTS, type FaultPoint } from '../../src/platform/fault-points.ts'
import { awaitGrading, eventsOf, lockAndScore, type Staff, until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { type Installation, openInstallation } from '../support/installation.ts'
import { markdownTable } from '../support/markdown.ts'
import { formOf, makeScan } from '../support/scans.ts'

type Victim = 'process' | 'database'
/** Those of the log of events have a table of their own (`audit-kills.long.test.ts`). */
const WORK_POINTS = FAULT_POINTS.filter((point) => /^(upload|import|finalize)\./.test(point))
type Outcome = { point: FaultPoint; victim: Victim; ended: string; attempts: number; ms: number }

/** The table that docs/fault-points.md shows; times are left out, since they differ from run to run. */
const outcomes: Outcome[] = []

describe('a kill at every step', () => {
  let home: Installation
  let staff: Staff
  let key = 0
  beforeAll(async () => {
    home = await openInstallation()
    staff = home.staff
  })
  afterAll(() => home?.close())

  const arm = (point: FaultPoint, victim: Victim, times = 1) =>
    writeFileSync(home.faultFile, `${point} ${times} ${victim === 'process' ? 'self' : home.postmaster()}`)
  const isSpent = () => !readdirSync(home.root).includes('fault')

  /** Asks until the service answers as it should; a kill in between may cost the answer, never the work. */
  function insist<T>(ask: () => Promise<T | undefined>): Promise<T> {
    return until(() => ask().catch(() => undefined), 120_000)
  }

  async function importOne(): Promise<string> {
    const scan = await makeScan(1, 2)
    key += 1
    const headers = { 'idempotency-key': `upload-number-${key}` }
    const uploaded = await insist(async () => {
      const form = await formOf(scan, 'scan.pdf')
      const answer = await staff.admin.post(`/api/exams/${staff.examId}/batches?duplicate=allow`, {
        form,
        headers,
      })
      return answer.status === 201 ? answer.body : undefined
    })
    const batch = await insist(async () => {
      const { body } = await staff.admin.get(`/api/batches/${uploaded.id}`)
      return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
    })
    expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: 2, pagesDone: 2, unresolvedPages: 0 })
    return `/api/copies/${batch.copies[0]}`
  }

  async function finalizeOne(path: string): Promise<void> {
    await staff.admin.post(`${path}/validate`)
    await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
    const lockToken = await lockAndScore(staff.marker, path)
    await insist(async () => {
      const answer = await staff.marker.post(`${path}/finalize`, { lockToken })
      return answer.status === 202 || answer.status === 200 ? true : undefined
    })
    const end = await insist(() => awaitGrading(staff.marker, path))
    expect(end).toMatchObject({ status: 'GRADED', result: { finalScore: 6, pages: 3 } })
  }

  /** Conservation: every place of the stream is an event, every page a row, every job at its end, nothing half-made on disk. */
  async function assertConserved(path: string): Promise<number> {
    const events = await insist(() => eventsOf(staff.admin, path))
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    const ends = events.filter(({ action, metadata }) => action === 'FINALIZE' && metadata.success)
    expect(events.filter(({ action }) => action === 'IMPORT')).toHaveLength(1)
    expect(ends.length).toBeLessThanOrEqual(1)
    const database = await databaseUrl()
    const idle = await until(async () => {
      const rows = await runAs(
        database,
        `select 1 from pgboss.job where state in ('created', 'active', 'retry')`,
      )
      return rows.length === 0 ? true : undefined
    }, 60_000)
    expect(idle).toBe(true)
    const [counts] = await runAs<{
      copies: number
      streams: number
      gaps: number
      pages: number
      filed: number
    }>(
      database,
      `select (select count(*)::int from batch) as copies,
              (select count(distinct batch_id)::int from copy) as streams,
              (select count(*)::int from copy c where c.event_seq <>
                (select count(*) from audit_event e where e.stream_ref = c.stream_ref)) as gaps,
              (select sum(page_count)::int from batch) as pages,
              (select count(*)::int from page where copy_id is not null) as filed`,
    )
    expect(counts?.gaps).toBe(0)
    expect(counts?.copies).toBe(counts?.streams)
    expect(counts?.pages).toBe(counts?.filed)
    const work = readdirSync(join(home.folder, 'work')).filter((name) =>
      /^(import|prepare|finalize)-/.test(name),
    )
    expect(work).toEqual([])
    return events.filter(({ action }) => action === 'FINALIZE').length
  }

  async function databaseUrl(): Promise<string> {
    const { startEmbeddedPostgres } = await import('../../src/platform/embedded-postgres.ts')
    return (await startEmbeddedPostgres({ directory: join(home.folder, 'postgres') })).urls.app
  }

  const cases = WORK_POINTS.flatMap((point) =>
    (['process', 'database'] as const).map((victim) => [point, victim] as const),
  )

  it('an import goes on, however often the database goes away before its end', async () => {
    const point = 'import.recording'
    arm(point, 'database')
    const path = importOne()
    for (let more = 3; more > 0; more -= 1) {
      await insist(async () => isSpent() || undefined)
      const killed = home.postmaster()
      await insist(async () => home.postmaster() !== killed || undefined)
      arm(point, 'database')
    }
    await assertConserved(await path)
    expect(isSpent()).toBe(true)
  })

  it.each(cases)('%s, %s killed: the work ends once with the same result', async (point, victim) => {
    const startedAt = performance.now()
    const isFinalizing = point.startsWith('finalize.')
    if (!isFinalizing) arm(point, victim)
    const path = await importOne()
    if (isFinalizing) {
      arm(point, victim)
      await finalizeOne(path)
    }
    expect(isSpent(), 'the fault must have struck').toBe(true)
    const attempts = await assertConserved(path)
    const { body } = await staff.admin.get(path)
    outcomes.push({
      point,
      victim,
      ended: body.status,
      attempts,
      ms: Math.round(performance.now() - startedAt),
    })
  })

  it.each([
    ['import.begun', 3, 'worker-lost'],
    // The first attempt reads the pages, and counts for nothing; the three after it find nothing more to read.
    ['import.rasterized', 4, 'worker-lost'],
    ['finalize.rendered', 3, 'worker-lost'],
  ] as const)('a worker killed at %s %i times ends in a recorded failure, %s', async (point, times, code) => {
    if (point !== 'finalize.rendered') {
      arm(point, 'process', times)
      const form = await formOf(await makeScan(1, 2), 'scan.pdf')
      const upload = await staff.admin.post(`/api/exams/${staff.examId}/batches?duplicate=allow`, { form })
      const batch = await until(async () => {
        const { body } = await staff.admin.get(`/api/batches/${upload.body.id}`)
        return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
      }, 180_000)
      expect(batch).toMatchObject({ status: 'FAILED', errorCode: code })
      const events = await eventsOf(staff.admin, `/api/copies/${batch.copies[0]}`)
      expect(events.at(-1)).toMatchObject({
        action: 'IMPORT',
        metadata: { success: false, error_code: code },
      })
      return
    }
    const path = await importOne()
    arm(point, 'process', times)
    await staff.admin.post(`${path}/validate`)
    await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
    const lockToken = await lockAndScore(staff.marker, path)
    await staff.marker.post(`${path}/finalize`, { lockToken })
    const end = await until(async () => {
      const { body } = await staff.marker.get(`${path}/finalize`)
      return body.status === 'GRADING_IN_PROGRESS' ? undefined : body
    }, 180_000)
    expect(end.status).toBe('GRADING_FAILED')
    const events = await eventsOf(staff.admin, path)
    expect(events.at(-1)).toMatchObject({
      action: 'FINALIZE',
      metadata: { success: false, error_code: code },
    })
  })

  it('the table of fault points is the one in the documentation', async () => {
    const rows = outcomes.map(({ point, victim, ended }) => [`\`${point}\``, victim, ended, 'once'])
    const table = [
      '# Fault points',
      '',
      'Generated by `npm run test:long` (`test/faults/fault-points.long.test.ts`). At each point, named by what has just been',
      'done, the process that passes it or the database is killed with SIGKILL. The work is then awaited, and conservation',
      'is checked: no gap in the stream, one `IMPORT`, at most one successful `FINALIZE`, every page filed, every job ended,',
      'nothing half-made left in the work folder.',
      '',
      markdownTable(['fault point', 'killed', 'the copy ended in', 'result recorded'], rows),
      '',
      'A worker that is killed three times in the same job ends in a recorded failure with `worker-lost`.',
      '',
    ].join('\n')
    await expect(table).toMatchFileSnapshot(resolve(import.meta.dirname, '../../docs/fault-points.md'))
  })
})
