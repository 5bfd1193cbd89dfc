import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnginePool } from '../../src/pdf/engine-pool.ts'
import { SECOND } from '../../src/platform/units.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { BadFile } from '../support/bad-file.ts'
import { badFiles, endlessFiles } from '../support/bad-files.ts'
import { eventsOf, importScan, makeExam, type Staff, until } from '../support/builders.ts'
import { makePdf, textPage } from '../support/pdfs.ts'
import { formOf } from '../support/scans.ts'

const good = makePdf([textPage('a good page')])

const refused = badFiles.filter(({ fate }) => 'refused' in fate)
const failing = badFiles.filter(({ fate }) => 'fails' in fate)
const harmless = badFiles.filter(({ fate }) => 'imports' in fate)

/**
 * A fault that shows only when the file is read is not known when the upload is answered: the upload is accepted (201)
 * and its batch fails with the code that would have been the answer.
 */
describe('bad files', () => {
  let app: TestApp
  let staff: Staff
  const watch = watchEngine()

  beforeAll(async () => {
    app = await openTestApp({ wrapPool: watch.wrap })
    staff = await makeExam(app)
    await importScan(staff, { scan: good })
  })
  afterAll(() => app?.close())

  it('are at least forty', () => {
    expect(badFiles.length + endlessFiles.length).toBeGreaterThanOrEqual(40)
    expect(new Set(badFiles.map(({ name }) => name)).size).toBe(badFiles.length)
  })

  it.each(refused)('$name: refused at the door with 415, and nothing of it is kept', async ({ make }) => {
    const before = await blobsIn(app)
    const answer = await upload(staff, await make())
    expect(answer).toMatchObject({ status: 415, body: { code: 'not-a-pdf', requestId: answer.requestId } })
    expect(await blobsIn(app)).toEqual(before)
    await expectNoLeftovers(app)
  })

  it.each(failing)(
    '$name: accepted with 201, then its import fails with its code and the next one begins within a second',
    async (file) => {
      await expectFailure(app, staff, watch, file)
    },
  )

  it.each(harmless)('$name: imported', async ({ make, fate }) => {
    const { upload: answer, batch } = await importScan(staff, { scan: await make() })
    expect(answer.status).toBe(201)
    expect(batch).toMatchObject({ status: 'IMPORTED', errorCode: null })
    expect({ imports: batch.pageCount, unresolved: batch.unresolvedPages }).toEqual(fate)
    await expectNoLeftovers(app)
  })

  it('leave every answer below 500', () => {
    expect(statusesOf(app).filter((status) => status >= 500)).toEqual([])
  })
})

describe('files without an end', () => {
  let app: TestApp
  let staff: Staff
  const watch = watchEngine()

  beforeAll(async () => {
    app = await openTestApp({ wrapPool: watch.wrap, pageTimeoutMs: 2 * SECOND })
    staff = await makeExam(app)
    await importScan(staff, { scan: good })
  })
  afterAll(() => app?.close())

  it.each(endlessFiles)(
    '$name: accepted with 201, ended by the clock, tried once more, and the next import begins within a second',
    async (file) => {
      await expectFailure(app, staff, watch, file)
    },
  )
})

/** Uploads the file and expects its failure in the batch, the trail and the log, and an engine that goes on at once. */
async function expectFailure(app: TestApp, staff: Staff, watch: EngineWatch, file: BadFile): Promise<void> {
  const code = 'fails' in file.fate ? file.fate.fails : ''
  const before = await blobsIn(app)
  const { upload: answer, batch } = await importScan(staff, { scan: await file.make(), fileName: 'scan.pdf' })
  const lostAt = watch.lastFailureAt()
  const next = await upload(staff, good)
  const lostMs = (await until(async () => watch.firstSignAfter(lostAt))) - lostAt
  expect(answer.status).toBe(201)
  expect(batch).toMatchObject({ status: 'FAILED', errorCode: code })
  expect(lostMs).toBeLessThan(1 * SECOND)
  expect(await awaitImport(staff, next.body.id)).toMatchObject({ status: 'IMPORTED', pageCount: 1 })

  expect(await eventsOf(staff.admin, `/api/copies/${batch.copies[0]}`)).toMatchObject([
    { action: 'IMPORT', metadata: { success: false, error_code: code } },
  ])
  const lines = app.lines.filter((line) => line['batch.id'] === batch.id && line.event === 'import.failed')
  expect(lines).toMatchObject([{ level: 'ERROR', 'error.code': code }])
  // The untouched original is kept as evidence; the good file was known already.
  expect(await blobsIn(app)).toHaveLength(before.length + 1)
  await expectNoLeftovers(app)
}

async function upload(staff: Staff, content: Uint8Array) {
  return staff.admin.post(`/api/exams/${staff.examId}/batches?duplicate=allow`, {
    form: await formOf(content, 'scan.pdf'),
  })
}

function awaitImport(staff: Staff, batchId: string) {
  return until(async () => {
    const { body } = await staff.admin.get(`/api/batches/${batchId}`)
    return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
  })
}

/** Names in the store of files, those that are still being written left out. */
async function blobsIn(app: TestApp): Promise<string[]> {
  const entries = await readdir(join(app.folder, 'blobs'), { recursive: true })
  return entries.filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name)).sort()
}

/** Nothing half written, no folder of an import, nothing in the folders of the engine's processes. */
async function expectNoLeftovers(app: TestApp): Promise<void> {
  expect(await readdir(join(app.folder, 'blobs', 'incoming'))).toEqual([])
  // The batch ends a moment before the folder of its import is removed.
  const left = await until(async () => {
    const entries = await readdir(join(app.folder, 'work'), { recursive: true })
    const rest = entries.filter((name) => !/^(engine(\/engine-\d+-\d+)?|uploads)$/.test(name))
    return rest.length === 0 ? rest : undefined
  }, 5 * SECOND)
  expect(left).toEqual([])
}

function statusesOf(app: TestApp): number[] {
  return app.lines.flatMap((line) => {
    const status = line['http.response.status_code']
    return typeof status === 'number' ? [status] : []
  })
}

type EngineWatch = {
  readonly wrap: (pool: EnginePool) => EnginePool
  readonly lastFailureAt: () => number
  /** When the engine first told of a page after that moment. */
  readonly firstSignAfter: (moment: number) => number | undefined
}

/** Notes when the engine gives up a document and when it tells of a page. */
function watchEngine(): EngineWatch {
  let failedAt = 0
  const signs: number[] = []
  return {
    wrap: (pool) => ({
      ...pool,
      run: (task, hooks) => {
        const onProgress: NonNullable<typeof hooks>['onProgress'] = (progress) => {
          signs.push(performance.now())
          hooks?.onProgress?.(progress)
        }
        const work = pool.run(task, { onProgress })
        work.catch(() => {
          failedAt = performance.now()
        })
        return work
      },
    }),
    lastFailureAt: () => failedAt,
    firstSignAfter: (moment) => signs.find((at) => at > moment),
  }
}
