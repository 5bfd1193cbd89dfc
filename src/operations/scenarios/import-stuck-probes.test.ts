import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../../test/support/database.ts'
import type { Id } from '../../observability/id.ts'
import { newId } from '../../platform/ids.ts'
import { failedImports } from './import-stuck-probes.ts'

/** Scans of one exam in the order of time: `F` failed, `I` was imported. */
type Scan = 'F' | 'I'
const SCAN = `'${'0'.repeat(64)}', '\\x00', 1`

describe('failed imports', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())

  /** The places of the scans that still wait for somebody; the last was uploaded `minutesAgo`. */
  async function openAfter(
    scans: readonly Scan[],
    minutesAgo = 1,
    dismissed?: number,
  ): Promise<readonly number[]> {
    const examId = newId()
    const ids = scans.map(() => newId())
    const rows = scans.map((scan, index) => {
      const at = `now() - interval '${minutesAgo + scans.length - index} minutes'`
      const end = scan === 'F' ? `'FAILED', 'internal'` : `'IMPORTED', null`
      const dismissal = index === dismissed ? 'now()' : 'null'
      return `('${ids[index]}', '${examId}', ${end}, ${at}, ${at} + interval '20 seconds', ${dismissal}, ${SCAN},
               '${newId()}')`
    })
    // Rows of other tables do not matter here.
    await runAs(
      database.ownerUrl,
      `begin; set local session_replication_role = replica;
       insert into batch (id, exam_id, status, error_code, created_at, finished_at, dismissed_at,
                          original_sha256, file_name_sealed, size_bytes, created_by)
       values ${rows.join(', ')}; commit`,
    )
    const found = await runAs<{ batch: Id }>(database.url, failedImports.text)
    return found
      .map(({ batch }) => ids.indexOf(batch))
      .filter((place) => place >= 0)
      .toSorted()
  }

  it('are each made good by one later scan of the exam that was imported', async () => {
    expect(await openAfter(['F'])).toEqual([0])
    expect(await openAfter(['F', 'I'])).toEqual([])
    expect(await openAfter(['F', 'F', 'I'])).toEqual([0])
    expect(await openAfter(['F', 'F', 'I', 'I'])).toEqual([])
    expect(await openAfter(['I', 'F'])).toEqual([1])
  })

  it('that were made good stay so when another fails', async () => {
    expect(await openAfter(['F', 'I', 'F'])).toEqual([2])
  })

  it('wait for somebody however long ago it was', async () => {
    expect(await openAfter(['F'], 60 * 24 * 60)).toEqual([0])
  })

  it('that were dismissed, or whose scan was erased, wait for nobody and use up no later scan', async () => {
    await openAfter(['F', 'F'])
    await runAs(database.ownerUrl, `update batch set dismissed_at = now() where status = 'FAILED'`)
    expect(await runAs(database.url, failedImports.text)).toEqual([])
    expect(await openAfter(['F', 'F', 'I'], 1, 1)).toEqual([])
    await openAfter(['F'])
    await runAs(database.ownerUrl, 'update batch set original_sha256 = null, file_name_sealed = null')
    expect(await runAs(database.url, failedImports.text)).toEqual([])
  })
})
