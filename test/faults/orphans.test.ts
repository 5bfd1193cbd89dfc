import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listUnusedBlobs } from '../../src/copies/blob-store.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExam } from '../support/builders.ts'

describe('contents that a killed process left behind', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp()
  })
  afterAll(() => app?.close())

  it('are swept once they are old, and what a batch, a page, a copy or a result names stays', async () => {
    const staff = await makeExam(app)
    const { batch } = await importScan(staff)
    const { blobs, db } = app.services
    const orphan = await blobs.put(Readable.from([Buffer.from('stored, then the process was killed')]))
    const findUnused = (hashes: readonly string[]) => listUnusedBlobs(db, hashes)
    expect(await blobs.sweep(findUnused), 'nothing is old yet').toBe(0)
    expect(await blobs.sweep(findUnused, -1)).toBe(1)
    await expect(blobs.read(orphan.sha256)).rejects.toThrow('blob-missing')
    const copy = `/api/copies/${batch.copies[0]}`
    expect((await staff.admin.get(`${copy}/original`)).status).toBe(200)
    for (const size of ['thumbnail', 'screen', 'full']) {
      expect((await staff.admin.get(`${copy}/pages/1?size=${size}`)).status, size).toBe(200)
    }
  })
})
