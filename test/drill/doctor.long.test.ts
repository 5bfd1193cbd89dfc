import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitGrading, importScan, lockAndScore } from '../support/builders.ts'
import { makeScan } from '../support/scans.ts'
import { openWorld, type World } from './world.ts'

describe('the doctor of an installation', () => {
  let world: World
  const out = mkdtempSync(join(tmpdir(), 'paraph-bundle-'))
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(async () => {
    await world?.close()
    rmSync(out, { recursive: true, force: true })
  })

  const ask = async (...words: string[]) => {
    const { code, stdout, stderr } = await world.paraph('doctor', '--json', ...words)
    return { code, stderr, ...JSON.parse(stdout) }
  }

  /** Copies go through their whole life, and markers turn pages, until the test has seen enough. */
  async function work(isOver: () => boolean): Promise<number> {
    const staff = await world.newExam()
    let graded = 0
    while (!isOver()) {
      const { batch } = await importScan(staff, { scan: await makeScan(1, 3) })
      const path = `/api/copies/${batch.copies[0]}`
      await staff.admin.post(`${path}/validate`)
      await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
      const lockToken = await lockAndScore(staff.marker, path)
      await Promise.all(Array.from({ length: 50 }, () => staff.marker.get(`${path}/annotations`)))
      await staff.marker.post(`${path}/finalize`, { lockToken })
      await awaitGrading(staff.marker, path)
      graded += 1
    }
    return graded
  }

  it('has nothing to say while all is well under load, ten times in a row', async () => {
    let isOver = false
    const working = work(() => isOver)
    const said = []
    for (let time = 0; time < 10; time += 1) said.push(await ask())
    isOver = true
    expect(await working).toBeGreaterThan(0)
    expect(said.map(({ code, findings, unreached }) => ({ code, findings, unreached }))).toEqual(
      said.map(() => ({ code: 0, findings: [], unreached: [] })),
    )
    expect(Math.max(...said.map(({ durationMs }) => durationMs))).toBeLessThan(2_000)
  })

  it('makes a bundle of ids, numbers and closed words, which nobody else can read', async () => {
    const path = join(out, 'bundle.json.gz')
    const { code, stdout } = await world.paraph('support-bundle', '--out', path)
    expect([code, stdout]).toEqual([0, `${path}\n`])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const bundle = JSON.parse(gunzipSync(readFileSync(path)).toString())
    expect(bundle).toMatchObject({
      diagnosis: { findings: [] },
      metrics: {
        api: expect.stringContaining('http_requests_total'),
        worker: expect.stringContaining('audit_pending'),
      },
      readiness: { api: { status: 'ok' }, worker: { status: 'ok' } },
      database: { server: { version: expect.any(Number) } },
      settings: { DATABASE_URL: 'set', PARAPH_HOST: 'default' },
    })
    expect(bundle.log.length).toBeGreaterThan(100)
    const again = await world.paraph('support-bundle', '--out', path)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('file-not-written')])
  })

  it('goes on without the api, and says so', async () => {
    process.kill(world.pid('api'), 'SIGKILL')
    expect(await ask()).toMatchObject({ unreached: [{ source: 'api-metrics' }] })
    await world.restart('api')
    expect((await ask('--since', '0.2')).unreached).toEqual([])
  })

  it('says what it could not ask when the database is silent, and ends in time', async () => {
    await world.signalDatabase('SIGSTOP')
    const startedAt = performance.now()
    const diagnosis = await ask('missing-audit-events')
    await world.signalDatabase('SIGCONT')
    expect(diagnosis.unreached).toContainEqual(expect.objectContaining({ source: 'database' }))
    expect(diagnosis.durationMs).toBeLessThan(2_000)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it.each([['nonsense'], ['--since', '0'], ['--since', 'zzq7']])('refuses %s', async (...words) => {
    const { code, stderr } = await world.paraph('doctor', ...words)
    expect(code).toBe(2)
    expect(stderr).not.toContain('zzq7')
  })
})
