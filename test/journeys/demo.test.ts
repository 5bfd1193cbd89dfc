import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/command.ts'

describe('paraph demo', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-demo-'))
  const folder = join(root, 'demo')
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('takes invented scans through their whole life and reports it in one line', async () => {
    const { code, stdout, stderr } = await runCommand(folder, 'demo', '--once', '--json')
    expect(code, stderr).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    const report = JSON.parse(lines.at(-1) ?? '')
    expect(lines).toHaveLength(1)
    expect(report).toMatchObject({ ok: true, findings: [], dataDir: folder })
    expect(report.copies.map((copy: { status: string; pages: number }) => [copy.status, copy.pages])).toEqual(
      [
        ['GRADED', 4],
        ['GRADED', 4],
        ['GRADED', 3],
      ],
    )
    for (const copy of report.copies) {
      const bytes = readFileSync(copy.markedPdf.path)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(copy.markedPdf.sha256)
      expect(copy.markedPdf.pages).toBe(copy.pages + copy.markedPdf.sheetPages)
    }
    expect(readFileSync(report.csv, 'utf8').trim().split('\n')).toHaveLength(4)
    const states = report.metrics.grading_copies_by_status as { value: number }[]
    expect(states.reduce((sum, state) => sum + state.value, 0)).toBe(3)
    expect(report.logs.filter((path: string) => existsSync(path))).toHaveLength(4)
    for (const path of report.logs) {
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    }
    const logged = report.logs.map((path: string) => readFileSync(path, 'utf8')).join('')
    expect(logged).not.toMatch(/demo\.invalid|stack-\d+\.pdf|Très bon/)
    expect(stderr).toContain('Timeline of copy')
  })

  it('keeps away from real work: start refuses its folder, and it refuses a folder that is not its own', async () => {
    expect(await runCommand(folder, 'start')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('demo-folder'),
    })
    const other = join(root, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'thesis.txt'), 'precious')
    const refused = await runCommand(other, 'demo', '--once')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('not-a-demo-folder') })
    expect(readFileSync(join(other, 'thesis.txt'), 'utf8')).toBe('precious')
  })

  it('answers wrong use with 2 and a sentence', async () => {
    const missing = await runCommand(folder, 'demo', '--pdf', join(root, 'zzq7-nobody.pdf'))
    expect(missing.code).toBe(2)
    expect(missing.stderr).toBe('paraph: File 1 of --pdf cannot be read. (file-unreadable)\n')
    expect((await runCommand(folder, 'demo', '--pages-per-copy', 'many')).code).toBe(2)
    expect((await runCommand(folder, 'dance')).code).toBe(2)
  })
})
