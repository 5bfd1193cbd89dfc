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
  let database: string
  beforeAll(async () => {
    home = await openInstallation()
    staff = home.staff
    // The one that runs, found by its folder; it is started again where it was.
    database = (await startEmbeddedPostgres({ directory: join(home.folder, 'postgres') })).urls.app
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
  const pagesOf = (batch: string) =>
    runAs(
      database,
      `select full_sha256 as full, thumbnail_sha256 as thumbnail from page
        where batch_id = '${batch}' order by batch_page_index`,
    ) as Promise<Row[]>
  /**
   * How far the import is, from where it is written: the api is one of those that are killed, and while the database is
   * away nothing goes on.
   */
  const progressOf = async (batch: string): Promise<{ done: number; status: string } | undefined> => {
    const [row] = await runAs<{ done: number; status: string }>(
      database,
      `select status, (select count(full_sha256)::int from page where batch_id = b.id) as done
         from batch b where id = '${batch}'`,
    )
    return row
  }
  const isGoingOn = (status: string | undefined) => status === 'UPLOADED' || status === 'IMPORTING'
  const findVictim = (victim: (typeof VICTIMS)[number]): number | undefined =>
    victim === 'database' ? home.postmaster() : findTreeProcess(home.folder, victim)
  /** Kills the one whose turn it is, or, while that is being started again, the next one that is there. */
  const killOne = (turn: number): boolean => {
    for (let next = 0; next < VICTIMS.length; next += 1) {
      const pid = findVictim(VICTIMS[(turn + next) % VICTIMS.length] ?? 'worker')
      if (pid !== undefined) return process.kill(pid, 'SIGKILL')
    }
    return false
  }

  it('comes to its end once, with the same pages, through twenty kills of worker, api and database', async () => {
    const calm = await ended(await upload())
    expect(calm).toMatchObject({ status: 'IMPORTED', filedPages: PAGES, unresolvedPages: 0 })

    const batch = await upload()
    for (let kills = 0; kills < KILLS; kills += 1) {
      const at = kills * (PAGES / KILLS)
      const seen = await until(async () => {
        const progress = await progressOf(batch).catch(() => undefined)
        return progress && (progress.done >= at || !isGoingOn(progress.status)) ? progress : undefined
      }, 120_000)
      expect(isGoingOn(seen?.status), `${seen?.status} before kill ${kills}, at page ${at}`).toBe(true)
      expect(killOne(kills)).toBe(true)
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
