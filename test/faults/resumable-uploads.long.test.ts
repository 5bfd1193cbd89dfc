import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultPoint } from '../../src/platform/fault-points.ts'
import { type Staff, until } from '../support/builders.ts'
import { type Installation, openInstallation } from '../support/installation.ts'
import { makeScan } from '../support/scans.ts'
import { ask, beginTaken, sendBytes } from '../support/tus.ts'

const POINTS = ['parts.hashed', 'upload.stored', 'upload.recording', 'upload.recorded'] as const

describe('a kill between the last byte of an upload and its batch', () => {
  let home: Installation
  let staff: Staff
  beforeAll(async () => {
    home = await openInstallation()
    staff = home.staff
  })
  afterAll(() => home?.close())

  /** Asks until the service answers again. */
  const insist = <T>(request: () => Promise<T | undefined>) =>
    until(() => request().catch(() => undefined), 120_000)

  const cases = POINTS.flatMap((point) =>
    (['process', 'database'] as const).map((victim) => [point, victim] as const),
  )

  it.each(cases)('after %s, of the %s, leaves one batch', async (point: FaultPoint, victim) => {
    const { body } = await insist(async () => {
      const answer = await staff.admin.post('/api/exams', { body: { title: 'Examen de test' } })
      return answer.status === 201 ? answer : undefined
    })
    const exam: string = body.id
    const scan = await makeScan(1, 2)
    const path = await beginTaken(staff.admin, scan.length, { exam })
    writeFileSync(home.faultFile, `${point} 1 ${victim === 'process' ? 'self' : home.postmaster()}`)
    await sendBytes(staff.admin, path, 0, scan).catch(() => undefined)
    expect(readdirSync(home.root)).not.toContain('fault')
    const batchId = await insist(async () => {
      const asked = await ask(staff.admin, path)
      return asked.status === 200 ? (asked.headers.get('paraph-batch') ?? undefined) : undefined
    })
    const batch = await insist(async () => {
      const answer = await staff.admin.get(`/api/batches/${batchId}`)
      return answer.body.status === 'IMPORTED' ? answer.body : undefined
    })
    expect(batch).toMatchObject({ pageCount: 2, unresolvedPages: 0 })
    const { batches } = (await staff.admin.get(`/api/exams/${exam}/batches`)).body
    expect(batches.map(({ id }: { id: string }) => id)).toEqual([batchId])
    expect(readdirSync(join(home.folder, 'work', 'uploads'))).toEqual([])
  })
})
