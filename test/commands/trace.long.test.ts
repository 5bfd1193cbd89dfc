import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { CLICK_LINES, lineAt, STORY } from '../support/written-log.ts'

const MARKER = 'ZoeMarqueur'
const JOB_ID = 'job-0198f3a2-7a55-4c11-9d34-0000f0b00009'

describe('paraph trace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-trace-'))
  const data = join(folder, 'data')
  beforeAll(() => {
    const [request, ...jobs] = [CLICK_LINES.api[1], ...CLICK_LINES.worker]
    write('api', 'audit.log', CLICK_LINES.api[0])
    write('api', 'app.log', lineAt(60, 'session.opened', { request_id: 'another-one' }))
    write('api', 'app.log.1', request, `{"time":"2026-11-23T06:15`, `not ours: ${MARKER} ${STORY.requestId}`)
    write('worker', 'app.log.2', jobs[0] ?? '', jobs[1]?.replace('}', `,"name":"${MARKER}"}`) ?? '')
    write('worker', 'app.log', jobs[2] ?? '')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function write(role: string, name: string, ...lines: readonly string[]): void {
    mkdirSync(join(data, 'logs', role), { recursive: true, mode: 0o700 })
    writeFileSync(join(data, 'logs', role, name), `${lines.join('\n')}\n`, { mode: 0o600 })
  }
  const trace = (args: readonly string[], options: { input?: string; env?: Record<string, string> } = {}) =>
    startCommand(data, ['trace', ...args], options).ended

  it('tells the story of an id from the files of all roles, without a database, and makes nothing', async () => {
    const before = readdirSync(data, { recursive: true })
    const { code, stdout, stderr } = await trace([STORY.requestId])
    expect(code).toBe(0)
    expect(stdout.split('\n').filter((line) => line.startsWith('06:15:'))).toEqual([
      expect.stringMatching(
        /^06:15:00\.000 {2}POST \/api\/copies\/:copyId\/finalize +user …acc00001 .* 202 /,
      ),
      expect.stringMatching(/^06:15:00\.030 {2}FINALIZE_REQUEST /),
      expect.stringMatching(
        /^06:15:00\.100 {2}finalize-copy, attempt 1 +system +copy …c0b10001 +retry +1\.0 s$/,
      ),
      expect.stringMatching(
        /^06:15:01\.100 {2}WARNING job\.failed .* engine-fault, AppError, pdf\/errors\.ts:40$/,
      ),
      expect.stringMatching(/^06:15:03\.000 {2}finalize-copy, attempt 2 .* completed +1\.2 s$/),
    ])
    expect(stdout).toMatch(/\n1 request, 2 job attempts, 1 event, 1 failure, 4\.2 s from click to end\n$/)
    expect(stdout + stderr).not.toContain(MARKER)
    expect(stdout).not.toContain('\u001b')
    expect(stderr).toContain('Lines that cannot be read: 2.')
    expect(stderr).toContain('There is no database here')
    expect(readdirSync(data, { recursive: true })).toEqual(before)
  })

  it('gives one line of JSON, and writes it to a file that nobody else may read', async () => {
    const report = join(folder, 'report.json')
    const { code, stdout } = await trace([STORY.requestId, '--json', '--report', report])
    expect(code).toBe(0)
    expect(stdout.match(/\n/g)).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({
      requestId: STORY.requestId,
      found: true,
      summary: { requests: 1, attempts: 2, events: 1, failures: 1, durationMs: 4_200 },
      logs: { state: 'read', files: 5, brokenLines: 2 },
      database: { state: 'absent' },
    })
    expect(stdout).not.toContain(MARKER)
    expect(readFileSync(report, 'utf8')).toBe(stdout)
    expect((statSync(report).mode & 0o777).toString(8)).toBe('600')
  })

  it('reads standard input instead of the folder, and finds what no request asked for as well', async () => {
    const failed = { request_id: JOB_ID, level: 'ERROR', logger: 'jobs', 'task.name': 'expire-locks' }
    const lines = ['a line of another program', lineAt(70, 'job.schedule-failed', failed)]
    const input = [...CLICK_LINES.api, ...lines].join('\n')
    const { code, stdout } = await trace([JOB_ID, '--from', '-'], { input })
    expect([code, stdout]).toEqual([0, expect.stringContaining('ERROR job.schedule-failed')])
    expect(stdout).toMatch(/\n1 failure, 0 ms from beginning to end\n$/)
  })

  it('refuses a file of lines that is not there, without its name', async () => {
    const { code, stderr } = await trace([STORY.requestId, '--from', join(folder, MARKER)])
    expect([code, stderr]).toEqual([2, expect.stringContaining('(file-unreadable)')])
    expect(stderr).not.toContain(MARKER)
  })

  it('says of an unknown id where it looked and how far back the logs go, with exit code 1', async () => {
    const { code, stdout } = await trace(['nobody-knows'])
    expect(stdout).toBe(
      'Nothing is known of this request. Asked: 5 log files, which go back to 2026-11-23T06:15:00Z.\n',
    )
    expect(code).toBe(1)
  })

  it('does not call an id unknown when a database that may know it cannot be asked: exit code 3', async () => {
    const env = { DATABASE_URL: `postgres://nobody:${MARKER}@127.0.0.1:1/paraph` }
    const { code, stderr } = await trace(['nobody-knows'], { env })
    expect(code).toBe(3)
    expect(stderr).toContain('The database cannot be asked (econnrefused)')
    expect(stderr).not.toContain(MARKER)
  })

  it('does not start an embedded database that does not run', async () => {
    const cluster = join(data, 'postgres', 'data')
    mkdirSync(cluster, { recursive: true })
    writeFileSync(join(cluster, 'PG_VERSION'), '18\n')
    const { code, stderr } = await trace(['nobody-knows'])
    rmSync(join(data, 'postgres'), { recursive: true })
    expect([code, stderr]).toEqual([3, expect.stringContaining('The embedded database does not run')])
  })

  it.each([
    ['with more than its letters', `${MARKER}-é and more`],
    ['that looks like an option', `--${MARKER}=`],
  ])('refuses an odd id (%s) with exit code 2, and does not repeat it', async (_title, id) => {
    const { code, stdout, stderr } = await trace([id])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('(invalid-request-id)')
    expect(stderr).not.toContain(MARKER)
  })
})
