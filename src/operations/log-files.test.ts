import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile, openLogFiles, readLines } from './log-files.ts'

const ID = 'click-0001'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paraph-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The line of a minute, told apart by its status. */
const line = (minute: number, id = ID) =>
  `${JSON.stringify({
    time: `2026-11-23T06:${String(minute).padStart(2, '0')}:00.000Z`,
    level: 'INFO',
    logger: 'http',
    event: 'http.request',
    request_id: id,
    'http.response.status_code': minute,
  })}\n`

function write(role: string, name: string, ...lines: readonly string[]): void {
  mkdirSync(join(folder, role), { recursive: true })
  writeFileSync(join(folder, role, name), lines.join(''))
}
async function statuses(sources = openLogFiles(folder)) {
  const { lines, ...rest } = await readLines(await sources, ID)
  return { ...rest, statuses: lines.map(({ fields }) => fields['http.response.status_code']).sort() }
}

describe('the log files', () => {
  it('are those of every role, rotated ones included, and nothing else in the folder', async () => {
    write('api', 'app.log', line(10))
    write('api', 'app.log.1', line(11))
    write('api', 'app.log.10', line(12))
    write('worker', 'app.log', line(13), line(14, 'another-one'))
    write('worker', 'audit.log', line(15))
    write('worker-2', 'audit.log.3', line(16))
    write('worker', 'app.log.bak', line(17))
    write('worker', 'postgresql.log', line(18))
    writeFileSync(join(folder, 'app.log'), line(19))
    expect(await statuses()).toEqual({
      statuses: [10, 11, 12, 13, 15, 16],
      files: 6,
      broken: 0,
      since: '2026-11-23T06:10:00.000Z',
    })
  })

  it('lose no line and show none twice when they rotate after they were opened', async () => {
    write('api', 'app.log', line(12))
    write('api', 'app.log.1', line(11))
    const sources = openLogFiles(folder)
    await sources
    renameSync(join(folder, 'api', 'app.log.1'), join(folder, 'api', 'app.log.2'))
    renameSync(join(folder, 'api', 'app.log'), join(folder, 'api', 'app.log.1'))
    write('api', 'app.log', line(13))
    expect((await statuses(sources)).statuses).toEqual([11, 12])
    expect((await statuses()).statuses).toEqual([11, 12, 13])
  })

  it('are none where there is no folder', async () => {
    expect(await openLogFiles(join(folder, 'nothing'))).toEqual([])
  })

  it('show a line that stands twice once, and count broken ones', async () => {
    const path = join(folder, 'gathered.log')
    const foreign = `{"${ID}": true}\n`
    writeFileSync(path, [line(10), line(10), 'not ours\n', foreign, line(11).slice(0, 50)].join(''))
    expect(await statuses(openLogFile(path).then((source) => [source]))).toEqual({
      statuses: [10],
      files: 1,
      broken: 3,
      since: '2026-11-23T06:10:00.000Z',
    })
  })

  it('that name the id elsewhere than as their request are not of it', async () => {
    write('api', 'app.log', line(10, `${ID}-and-more`))
    expect((await statuses()).statuses).toEqual([])
  })

  it('tell how much of them has been read', async () => {
    write('api', 'app.log', line(10), line(11))
    const sources = await openLogFiles(folder)
    let done = 0
    await readLines(sources, ID, (bytes) => {
      done += bytes
    })
    expect(done).toBe(line(10).length * 2)
    expect(sources.map(({ sizeBytes }) => sizeBytes)).toEqual([done])
  })
})
