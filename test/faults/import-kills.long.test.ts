import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { eventsOf, type Staff, until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { type Installation, openInstallation } from '../support/installation.ts'
import { formOf, makeScan } from '../support/scans.ts'
import { findTreeProcess } from '../support/tree-process.ts'

const PAGES = 200
const KILLS = 20
const VICTIMS = ['worker', 'api', 'database'] as const

type Row = { readonly full: string; readonly thumbnail: string }

describe('a long import on a bad day', () => {
  let home: Installation
  let staff: Staff
  beforeAll(async () => {
    home = await openInstallation()
    staff = home.staff
  })
  afterAll(() => home?.close())

  const upload = async (): Promise<string> => {
    const form = await formOf(await makeScan(10, PAGES / 10), 'scan.pdf')
    return (
      await staff.admin.post(`/api/exams/${staff.examId}/batches?pagesPerCopy=20&duplicate=allow`, { form })
    ).body.id
  }
  const look = async (batch: string) => {
    const { status, body } = await staff.admin.get(`/api/batches/${batch}`)
    return status === 200 ? body : undefined
  }
  const ended = (batch: string) =>
    until(async () => {
      const body = await look(batch).catch(() => undefined)
      return body?.status === 'IMPORTED' || body?.status === 'FAILED' ? body : undefined
    }, 300_000)
  const pagesOf = async (batch: string) => {
    // The one that runs, found by its folder.
    const { urls } = await startEmbeddedPostgres({ directory: join(home.folder, 'postgres') })
    return runAs(
      urls.app,
      `select full_sha256 as full, thumbnail_sha256 as thumbnail from page
        where batch_id = '${batch}' order by batch_page_index`,
    ) as Promise<Row[]>
  }

  it('comes to its end once, with the same pages, through twenty kills of worker, api and database', async () => {
    const calm = await ended(await upload())
    expect(calm).toMatchObject({ status: 'IMPORTED', filedPages: PAGES, unresolvedPages: 0 })

    const batch = await upload()
    let kills = 0
    for (let at = 0; kills < KILLS; at += PAGES / KILLS) {
      const isFurther = await until(async () => {
        const body = await look(batch).catch(() => undefined)
        if (body === undefined || body.pagesDone < Math.min(at, PAGES - 10)) return undefined
        return body.status === 'IMPORTED' ? 'over' : 'further'
      }, 120_000)
      expect(isFurther).toBe('further')
      const victim = VICTIMS[kills % VICTIMS.length]
      const pid =
        victim === 'database' ? home.postmaster() : findTreeProcess(home.folder, victim as 'api' | 'worker')
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      kills += 1
    }
    const batchEnd = await ended(batch)
    expect(batchEnd).toMatchObject({
      ...{ status: 'IMPORTED', errorCode: null, pageCount: PAGES, filedPages: PAGES, unresolvedPages: 0 },
      copies: { length: 10 },
    })
    const hashes = await pagesOf(batch)
    expect(hashes).toHaveLength(PAGES)
    expect(hashes).toEqual(await pagesOf(calm.id))
    for (const copy of batchEnd.copies) {
      const events = await eventsOf(staff.admin, `/api/copies/${copy}`)
      expect(events.map(({ action, seq }) => [action, seq])).toEqual([['IMPORT', 1]])
    }
  })
})
