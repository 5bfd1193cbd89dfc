import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSampleScan } from '../../src/pdf/sample-scan.ts'
import { openTestApp, PASSWORD, type TestApp } from '../support/app.ts'
import { makeExam, makeExamWith, type Staff } from '../support/builders.ts'
import type { SignedIn } from '../support/client.ts'
import { makeCodedScan } from '../support/coded-scans.ts'
import { type Ended, startCommand } from '../support/command.ts'
import { runAs } from '../support/database.ts'
import { beginTaken, sendBytes } from '../support/tus.ts'

describe('paraph import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-import-'))
  let app: TestApp
  let admin: SignedIn
  let staff: Staff
  let scans: readonly Buffer[]
  beforeAll(async () => {
    app = await openTestApp()
    admin = await app.signIn('admin')
    staff = await makeExamWith(admin, await app.signIn('marker'))
    scans = await Promise.all(
      [1, 2].map(async (seed) => Buffer.from(await makeSampleScan({ seed, copies: 1, pagesPerCopy: 2 }))),
    )
    for (const [index, scan] of scans.entries()) writeFileSync(pathOf(index), scan)
    writeFileSync(join(folder, 'notes.pdf'), 'no PDF at all')
  })
  afterAll(async () => {
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const pathOf = (index: number) => join(folder, `Zoé Marqueur ${index}.pdf`)
  const freshExam = async () => (await makeExam(app)).examId
  const run = (
    examId: string,
    files: readonly string[],
    more: readonly string[] = [],
    url = app.url,
  ): Promise<Ended> =>
    startCommand(folder, ['import', examId, ...files, '--email', admin.email, ...more], {
      input: `${PASSWORD}\n`,
      env: { PARAPH_URL: url },
    }).ended

  it('cuts a scan by the codes on its pages, in whatever order they lie', async () => {
    const exam = await freshExam()
    const body = { pattern: '{exam}-{copy}-{page}', sample: 'demo-100-1' }
    expect((await staff.admin.call('PUT', `/api/exams/${exam}/code-pattern`, { body })).status).toBe(200)
    const { pdf } = await makeCodedScan({ seed: 11, copies: 2, pagesPerCopy: 2, shuffled: true })
    const path = join(folder, 'coded.pdf')
    writeFileSync(path, pdf)
    const ended = await run(exam, [path], ['--split', 'code-every', '--json'])
    expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)])
    const [file] = JSON.parse(ended.stdout).files
    expect(file).toMatchObject({ status: 'imported', pages: 4, copies: 2 })
    expect((await staff.admin.get(`/api/batches/${file.batchId}`)).body).toMatchObject({ unresolvedPages: 0 })
  })

  it('uploads scans, sees to their import, and names no file where it is not read by a person', async () => {
    const exam = await freshExam()
    const ended = await run(exam, [pathOf(0), pathOf(1)], ['--pages-per-copy', '1', '--json'])
    expect(ended.code).toBe(0)
    const told = JSON.parse(ended.stdout)
    expect(told).toMatchObject({
      exam,
      files: [
        { file: 1, status: 'imported', pages: 2, copies: 2 },
        { file: 2, status: 'imported', pages: 2, copies: 2 },
      ],
    })
    const batch = (await staff.admin.get(`/api/batches/${told.files[0].batchId}`)).body
    expect(batch).toMatchObject({ fileName: 'Zoé Marqueur 0.pdf', pagesPerCopy: 1 })
    expect(ended.stderr).toMatch(/file 1: KiB sent \d+\/\d+\n/)
    expect(ended.stderr).toMatch(/file 2: pages 2\/2\n/)
    expect(JSON.stringify([ended, app.lines])).not.toMatch(/Marqueur/)
    const again = await run(exam, [pathOf(0)], ['--pages-per-copy', '1'])
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/^file 1: was there already, 2 pages, 2 copies, batch /)
    const twice = await run(exam, [pathOf(0)], ['--allow-duplicate', '--json'])
    expect(JSON.parse(twice.stdout).files[0].batchId).not.toBe(told.files[0].batchId)
  })

  it('goes on where an earlier run was', async () => {
    const exam = await freshExam()
    const [scan = Buffer.alloc(0)] = scans
    const path = await begunEarlier(exam, scan)
    await sendBytes(staff.admin, path, 0, scan.subarray(0, 5_000))
    const ended = await run(exam, [pathOf(0)], ['--json'])
    expect(ended.code).toBe(0)
    const { batchId } = JSON.parse(ended.stdout).files[0]
    expect((await staff.admin.get(path)).body).toMatchObject({ status: 'done', batchId })
    const rows = await runAs(app.database.ownerUrl, 'select id from upload where exam_id = $1', [exam])
    expect(rows).toHaveLength(1)
  })

  async function begunEarlier(exam: string, scan: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(scan).digest('hex')
    return beginTaken(staff.admin, scan.length, { exam, sha256 })
  }

  it('says 1 when a scan is refused, and imports the others', async () => {
    const exam = await freshExam()
    const ended = await run(exam, [join(folder, 'notes.pdf'), pathOf(1)], ['--json'])
    expect(ended.code).toBe(1)
    expect(JSON.parse(ended.stdout).files).toMatchObject([
      { file: 1, status: 'refused', errorCode: 'not-a-pdf' },
      { file: 2, status: 'imported' },
    ])
  })

  it('says 2 when it is used wrongly, and does not send a password in clear to elsewhere', async () => {
    const wrong = [
      await run('zzq7', [pathOf(0)]),
      await run(staff.examId, [join(folder, 'Zoé Marqueur none.pdf')]),
      await run(staff.examId, [pathOf(0)], [], 'http://paraph.test'),
    ]
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2])
    expect(wrong[1]?.stderr).toMatch(/file-unreadable/)
    expect(wrong[2]?.stderr).toMatch(/PARAPH_URL/)
    expect(JSON.stringify(wrong)).not.toMatch(/zzq7|Marqueur/)
  })

  it('says 1 when the exam is not there, or the password is not the right one', async () => {
    const nowhere = '018f0000-0000-7000-8000-000000000000'
    const lost = await run(nowhere, [pathOf(0)])
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('(not-found)')])
    const env = { PARAPH_URL: app.url }
    const command = ['import', staff.examId, pathOf(0), '--email', admin.email]
    const stranger = await startCommand(folder, command, { input: 'a wrong password', env }).ended
    expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('(wrong-credentials)')])
  })

  it('is not stopped by connections that break', async () => {
    const exam = await freshExam()
    const broken = await openBreakingProxy(app.url)
    const ended = await run(exam, [pathOf(1)], ['--json'], broken.url)
    broken.server.close()
    expect(ended).toMatchObject({ code: 0 })
    expect(broken.breaks()).toBeGreaterThan(0)
    expect((await staff.admin.get(`/api/exams/${exam}/batches`)).body.batches).toHaveLength(1)
  })
})

/** Passes everything on, and ends the connection of every third request before its answer. */
async function openBreakingProxy(
  target: string,
): Promise<{ server: Server; url: string; breaks: () => number }> {
  let asked = 0
  let breaks = 0
  const server = createServer(async (request, response) => {
    asked += 1
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { host: _, connection: __, ...headers } = request.headers
    const answer = await fetch(new URL(request.url ?? '/', target), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    })
    if (asked % 3 === 0) {
      breaks += 1
      request.socket.destroy()
      return
    }
    for (const [name, value] of answer.headers) {
      if (name !== 'connection' && name !== 'content-encoding') response.setHeader(name, value)
    }
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { server, url: `http://127.0.0.1:${port}`, breaks: () => breaks }
}
