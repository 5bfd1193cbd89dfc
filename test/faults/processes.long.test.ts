import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, importScan, makeExamWith, type Staff, until } from '../support/builders.ts'
import { type Running, runCommand, startCommand } from '../support/command.ts'
import { makeAccount, signInAgain } from '../support/installation.ts'
import { formOf, makeScan } from '../support/scans.ts'
import { findTreeProcess } from '../support/tree-process.ts'

describe('the process tree on a bad day', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-long-'))
  const folder = join(root, 'data')
  let running: Running
  let url: string
  let staff: Staff

  async function start(): Promise<void> {
    running = startCommand(folder, ['start'])
    url = (await running.until(/Paraph is ready: (\S+)/))[1] ?? ''
  }

  beforeAll(async () => {
    await start()
    staff = await makeExamWith(
      await makeAccount(folder, url, 'admin'),
      await makeAccount(folder, url, 'marker'),
    )
  })
  afterAll(async () => {
    running?.child.kill('SIGTERM')
    await running?.ended
    rmSync(root, { recursive: true, force: true })
  })

  it('an import whose worker is killed is done by the next worker, once', async () => {
    const form = await formOf(await makeScan(2, 6), 'scan.pdf')
    const upload = await staff.admin.post(`/api/exams/${staff.examId}/batches?duplicate=allow`, { form })
    const path = `/api/batches/${upload.body.id}`
    await until(async () => ((await staff.admin.get(path)).body.pagesDone > 0 ? true : undefined))
    const victim = findTreeProcess(folder, 'worker')
    expect(victim).toBeDefined()
    const killedAt = performance.now()
    process.kill(victim as number, 'SIGKILL')
    const batch = await until(async () => {
      const { body } = await staff.admin.get(path)
      return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
    }, 90_000)
    expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: 12, pagesDone: 12 })
    const events = await eventsOf(staff.admin, `/api/copies/${batch.copies[0]}`)
    expect(events.map(({ action, seq }) => [action, seq])).toEqual([['IMPORT', 1]])
    expect(performance.now() - killedAt).toBeLessThan(60_000)
  })

  it('an API that is killed is back, with the sessions it had', async () => {
    process.kill(findTreeProcess(folder, 'api') as number, 'SIGKILL')
    const account = await until(async () => {
      const answer = await staff.admin.get('/api/my/account').catch(() => undefined)
      return answer?.status === 200 ? answer.body : undefined
    })
    expect(account.role).toBe('admin')
  })

  it('a database that is killed is back by itself; meanwhile clients are told to come again', async () => {
    const pidFile = join(folder, 'postgres', 'data', 'postmaster.pid')
    const postmaster = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    process.kill(postmaster, 'SIGKILL')
    const during = await staff.admin.get('/api/exams')
    expect([200, 503]).toContain(during.status)
    const exams = await until(async () => {
      const answer = await staff.admin.get('/api/exams')
      expect([200, 503], JSON.stringify(answer.body)).toContain(answer.status)
      return answer.status === 200 && Number(readFileSync(pidFile, 'utf8').split('\n')[0]) !== postmaster
        ? answer.body.exams
        : undefined
    })
    expect(exams).toHaveLength(1)
    const { batch } = await importScan(staff)
    expect(batch.status).toBe('IMPORTED')
  })

  it('a second start on the same folder says so and changes nothing', async () => {
    const second = await runCommand(folder, 'start')
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('already-running') })
    expect((await staff.admin.get('/api/my/account')).status).toBe(200)
  })

  it('a tree whose head is killed leaves no process serving, and starts again on what it had', async () => {
    running.child.kill('SIGKILL')
    await running.ended
    await until(async () =>
      findTreeProcess(folder, 'api') || findTreeProcess(folder, 'worker') ? undefined : true,
    )
    await start()
    const again = await signInAgain(url, 'admin')
    expect((await again.get('/api/exams')).body.exams).toHaveLength(1)
    staff = { ...staff, admin: again }
  })

  it('stops cleanly on SIGTERM, and the last line of each process says why', async () => {
    const { batch } = await importScan(staff)
    expect(batch.status).toBe('IMPORTED')
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    for (const role of ['api', 'worker'] as const) {
      const lines = readFileSync(join(folder, 'logs', role, 'app.log'), 'utf8')
        .trimEnd()
        .split('\n')
      expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({
        event: 'process.stopped',
        'process.role': role,
        'process.exit.reason': 'signal',
      })
    }
  })
})

describe('a demonstration that is killed', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-killed-'))
  const folder = join(root, 'demo')
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it.each([300, 1_500, 4_000, 8_000])('after %d ms may be run again at once', async (delayMs) => {
    const { child, ended } = startCommand(folder, ['demo', '--once'])
    await sleep(delayMs)
    child.kill('SIGKILL')
    await ended
    const again = await runCommand(folder, 'demo', '--once', '--json')
    expect(again.code, again.stderr).toBe(0)
    expect(JSON.parse(again.stdout).ok).toBe(true)
  })
})
