import { randomBytes } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MEBIBYTE } from '../../src/platform/units.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'
import { makeScan } from '../support/scans.ts'
import { beginTaken, VERSION } from '../support/tus.ts'

describe('a scan as large as a hundred pages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-tus-'))
  const path = join(folder, 'scan.pdf')
  let app: TestApp
  let staff: Staff
  let scan: Buffer
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    staff = await makeExam(app)
    // What lies behind the end of a PDF is not read before the import.
    scan = Buffer.concat([await makeScan(1, 2), randomBytes(40 * MEBIBYTE)])
    writeFileSync(path, scan)
  })
  afterAll(async () => {
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Uploads with the client that the protocol's own project gives to browsers, to the end or until so many bytes are there. */
  function upload(options: {
    stopAt?: number
    url?: string
  }): Promise<{ url: string; batch: string | undefined }> {
    return new Promise((resolve, reject) => {
      let batch: string | undefined
      const client = new Upload(createReadStream(path), {
        endpoint: `${app.url}/api/uploads`,
        ...(options.url ? { uploadUrl: options.url } : {}),
        headers: { cookie: staff.admin.cookie, origin: 'https://paraph.test' },
        metadata: { exam: staff.examId, filename: 'scan.pdf', filetype: 'application/pdf' },
        chunkSize: 4 * MEBIBYTE,
        retryDelays: null,
        onChunkComplete: (_size, done) => {
          if (!options.stopAt || done < options.stopAt) return
          void client.abort().then(() => resolve({ url: client.url ?? '', batch }))
        },
        onAfterResponse: (_request, response) => {
          batch = response.getHeader('paraph-batch')
        },
        onError: reject,
        onSuccess: () => resolve({ url: client.url ?? '', batch }),
      })
      client.start()
    })
  }

  it('is uploaded by tus-js-client, which goes on after a break', async () => {
    const broken = await upload({ stopAt: 1 })
    expect(broken.batch).toBeUndefined()
    const { batch } = await upload({ url: broken.url })
    expect((await staff.admin.get(`/api/batches/${batch}`)).body).toMatchObject({
      sizeBytes: scan.length,
      fileName: 'scan.pdf',
    })
  })

  it('is answered within a second of its last byte', async () => {
    const { examId } = await makeExam(app)
    const address = new URL(await beginTaken(staff.admin, scan.length, { exam: examId }), app.url)
    const headers = {
      ...VERSION,
      cookie: staff.admin.cookie,
      'content-type': 'application/offset+octet-stream',
      'content-length': scan.length,
      'upload-offset': '0',
    }
    const call = request(address, { method: 'PATCH', headers })
    const answered = new Promise<string | undefined>((resolve, reject) => {
      call.on('error', reject)
      call.on('response', (response) => resolve(response.headers['paraph-batch'] as string | undefined))
    })
    await new Promise((written) => call.write(scan.subarray(0, -1), written))
    await sleep(500)
    const before = performance.now()
    call.end(scan.subarray(-1))
    expect(await answered).toMatch(/^[0-9a-f-]{36}$/)
    const ms = Math.round(performance.now() - before)
    process.stdout.write(`${Math.round(scan.length / MEBIBYTE)} MiB: answered ${ms} ms after the last byte\n`)
    expect(ms).toBeLessThan(1_000)
  })
})
