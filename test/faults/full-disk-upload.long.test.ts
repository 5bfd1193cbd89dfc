import { createHash } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MEBIBYTE } from '../../src/platform/units.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { makeScan } from '../support/scans.ts'
import { canMount, fillDisk, mountDisk, unmountDisks } from '../support/small-disk.ts'
import { ask, begin, beginTaken, sendBytes } from '../support/tus.ts'

if (!canMount) process.stderr.write('skipped: no disk can be mounted here\n')

describe.skipIf(!canMount)('a disk that fills up in the middle of a part of an upload', () => {
  let app: TestApp
  let staff: Staff
  let disk: string
  let scan: Buffer
  beforeAll(async () => {
    app = await openTestApp({ worker: false, settings: { PARAPH_DISK_RESERVE_MIB: '0' } })
    staff = await makeExam(app)
    disk = mountDisk('size=24m', join(app.folder, 'work', 'uploads'))
    // What is appended to a PDF does not make it another.
    scan = Buffer.concat([Buffer.from(await makeScan(1, 2)), Buffer.alloc(4 * MEBIBYTE, '% nothing\n')])
  })
  afterAll(async () => {
    unmountDisks()
    await app?.close()
  })

  it('is told as such, keeps what has arrived, and goes on to the same bytes once there is room', async () => {
    const path = await beginTaken(staff.admin, scan.length, { exam: staff.examId, filename: 'Camille.pdf' })
    const first = await sendBytes(staff.admin, path, 0, scan.subarray(0, MEBIBYTE))
    expect(first.status).toBe(204)
    // Room for a part of the next part.
    const ballast = fillDisk(disk, MEBIBYTE)
    const broken = await sendBytes(staff.admin, path, MEBIBYTE, scan.subarray(MEBIBYTE))
    expect(broken).toMatchObject({ status: 507, body: { code: 'storage-full', requestId: broken.requestId } })
    const line = app.lines.find((one) => one['request_id'] === broken.requestId && one['error.code'])
    expect(line).toMatchObject({ 'error.code': 'storage-full' })
    expect(JSON.stringify(app.lines)).not.toContain('Camille')

    const asked = await ask(staff.admin, path)
    const offset = Number(asked.headers.get('upload-offset'))
    expect(offset).toBeGreaterThanOrEqual(MEBIBYTE)
    expect(offset).toBeLessThan(scan.length)
    expect(statSync(join(disk, path.split('/').at(-1) ?? '')).size).toBe(offset)
    expect((await begin(staff.admin, 9 * MEBIBYTE, { exam: staff.examId })).body).toMatchObject({
      status: 507,
      code: 'storage-full',
    })

    rmSync(ballast)
    const last = await sendBytes(staff.admin, path, offset, scan.subarray(offset))
    expect(last.status).toBe(204)
    const batchId = last.headers.get('paraph-batch')
    const [row] = await runAs(app.database.ownerUrl, 'select original_sha256 from batch where id = $1', [
      batchId,
    ])
    expect(row).toEqual({ original_sha256: createHash('sha256').update(scan).digest('hex') })
    expect(readdirSync(disk)).toEqual([])
  })
})
