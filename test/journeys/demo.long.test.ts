import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/command.ts'

describe('paraph demo, again', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-demo-'))
  const folder = join(root, 'demo')
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('says what is wrong with a scan and ends with 1', async () => {
    const scan = join(root, 'damaged.pdf')
    writeFileSync(scan, '%PDF-1.7\nthis is where the damage begins')
    const { code, stdout } = await runCommand(folder, 'demo', '--once', '--json', '--pdf', scan)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      findings: ['an import ended with corrupt', 'no copy was marked'],
    })
  })

  it('may be run again on the same folder: a new exam, nothing deleted', async () => {
    const { code, stdout, stderr } = await runCommand(folder, 'demo', '--once', '--json')
    expect(code, stderr).toBe(0)
    const report = JSON.parse(stdout)
    const states = report.metrics.grading_copies_by_status as { value: number }[]
    expect(states.reduce((sum, state) => sum + state.value, 0)).toBe(4)
  })
})
