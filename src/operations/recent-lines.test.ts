import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRecentLines, readNewestLines } from './recent-lines.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paraph-lines-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const line = (time: string, event: string, more = '') =>
  `{"time":"2026-03-04T${time}Z","level":"INFO","severity_number":9,"logger":"grading","event":"${event}"${more}}\n`
function write(role: string, name: string, text: string): void {
  mkdirSync(join(folder, role), { recursive: true })
  writeFileSync(join(folder, role, name), text)
}
const since = new Date('2026-03-04T05:00:00.000Z')

describe('the newest log lines', () => {
  it('are those of one event of every role, not older than asked', async () => {
    write('api', 'app.log', line('04:59:59.999', 'lock.conflict') + line('05:00:00.000', 'lock.conflict'))
    write('worker', 'app.log', line('05:00:01.000', 'import.failed') + line('05:00:02.000', 'lock.conflict'))
    const lines = await openRecentLines(folder, since).lines('lock.conflict')
    expect(lines.map(({ time }) => time).sort()).toEqual([
      '2026-03-04T05:00:00.000Z',
      '2026-03-04T05:00:02.000Z',
    ])
  })

  it('may be narrowed by what stands in them', async () => {
    const types = ['expired', 'token_mismatch'].map((type) =>
      line('05:00:01.000', 'lock.conflict', `,"conflict.type":"${type}"`),
    )
    write('api', 'app.log', types.join(''))
    const lines = await openRecentLines(folder, since).lines('lock.conflict', '"conflict.type":"expired"')
    expect(lines.map(({ fields }) => fields['conflict.type'])).toEqual(['expired'])
  })

  it('are asked for the last one of many', async () => {
    write('api', 'app.log', line('05:00:02.000', 'http.request') + line('05:00:03.000', 'http.request'))
    write('worker', 'app.log', line('05:00:01.000', 'http.request'))
    const { newest } = openRecentLines(folder, since)
    expect((await newest('http.request', /"INFO"/))?.time).toBe('2026-03-04T05:00:03.000Z')
    expect(await newest('http.request', '"ERROR"')).toBeUndefined()
  })

  it('go along in a bundle, the newest of all roles', async () => {
    write('api', 'app.log', line('03:00:02.000', 'http.request') + line('05:00:03.000', 'http.request'))
    write('worker', 'app.log', line('04:00:01.000', 'import.failed'))
    expect((await readNewestLines(folder, 2)).map(({ fields }) => fields.event)).toEqual([
      'import.failed',
      'http.request',
    ])
  })

  it('do not include what somebody else wrote into the folder', async () => {
    write('api', 'app.log', `not a line\n{"time":"2026-03-04T05:00:01.000Z","event":"lock.conflict"}\n`)
    write('api', 'notes.txt', line('05:00:01.000', 'lock.conflict'))
    expect(await openRecentLines(folder, since).lines('lock.conflict')).toEqual([])
  })

  it('cannot be read where there is no folder of logs', async () => {
    await expect(openRecentLines(join(folder, 'none'), since).lines('lock.conflict')).rejects.toThrow(
      'ENOENT',
    )
  })
})
