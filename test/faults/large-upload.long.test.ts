import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MEBIBYTE } from '../../src/platform/units.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'

const BOUNDARY = 'the-edge-of-the-file'

describe('an upload beyond the limit', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  it('of 513 MiB is refused with 413, and nothing of it is kept', async () => {
    const answer = await sendFile(app, staff, 513)
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large', status: 413 } })
    expect(await readdir(join(app.folder, 'blobs'))).toEqual(['incoming'])
    expect(await readdir(join(app.folder, 'blobs', 'incoming'))).toEqual([])
    const { batches } = (await staff.admin.get(`/api/exams/${staff.examId}/batches`)).body
    expect(batches).toEqual([])
  })
})

/** Streams so many MiB that begin as a PDF does; the whole is never in memory. */
function sendFile(
  app: TestApp,
  staff: Staff,
  mebibytes: number,
): Promise<{ status?: number; body: unknown }> {
  const chunk = Buffer.alloc(MEBIBYTE, 32)
  function* parts(): Generator<Buffer> {
    yield Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n`,
    )
    for (let sent = 0; sent < mebibytes; sent++) yield chunk
    yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
  }
  return new Promise((resolve, reject) => {
    const headers = {
      cookie: staff.admin.cookie,
      origin: 'https://paraph.test',
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    }
    const url = new URL(`/api/exams/${staff.examId}/batches`, app.url)
    const call = request(url, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (part: Buffer) => chunks.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      )
    })
    call.on('error', reject)
    Readable.from(parts()).pipe(call)
  })
}
