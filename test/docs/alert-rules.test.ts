import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { buildRules, duration, exprOf } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { writeRules, writeRuleTests } from './alert-rules.ts'
import { isDeclared, metricsIn } from './metric-names.ts'

const FOLDER = resolve(import.meta.dirname, '../../ops/prometheus')
const ALERTS = SCENARIOS.flatMap(({ alerts }) => alerts)
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

describe('the alert rules', () => {
  it('are written in ops/prometheus, with the tests of each', async () => {
    await expect(writeRules(SCENARIOS)).toMatchFileSnapshot(resolve(FOLDER, 'paraph.rules.yml'))
    await expect(writeRuleTests(SCENARIOS)).toMatchFileSnapshot(resolve(FOLDER, 'paraph.test.yml'))
    expect(parse(writeRules(SCENARIOS))).toEqual(buildRules(SCENARIOS))
  })

  it('have names of their own, and an example of firing and of being quiet each', () => {
    expect(new Set(ALERTS.map(({ name }) => name)).size).toBe(ALERTS.length)
    expect(ALERTS.filter(({ example }) => example === undefined).map(({ name }) => name)).toEqual([])
  })

  it.each(ALERTS.map((alert) => [alert.name, alert] as const))('%s reads metrics that exist', (_, alert) => {
    const read = metricsIn(exprOf(alert))
    expect(read).not.toEqual([])
    expect(read.filter((name) => !isDeclared(name))).toEqual([])
  })

  it.each(ALERTS.map((alert) => [alert.name, alert] as const))(
    '%s is tried on metrics that exist',
    (_, { example }) => {
      const tried = [example?.firing, example?.quiet].flatMap((series) => Object.keys(series ?? {}))
      expect(tried.flatMap(metricsIn).filter((name) => !isDeclared(name))).toEqual([])
    },
  )

  it('lead to the pages of whoever publishes them', () => {
    const { groups } = buildRules(SCENARIOS, { playbookUrl: 'https://pages.example.org/playbook' })
    expect(groups[0]?.rules[0]?.annotations.runbook_url).toBe(
      'https://pages.example.org/playbook/import-stuck.md#ParaphWorkerDown',
    )
  })

  it('have shorter ranges, ages and waits in a drill, but never a range without two scrapes', () => {
    const [alert] = ALERTS.filter(({ name }) => name === 'ParaphImportWaiting')
    const [failing] = ALERTS.filter(({ name }) => name === 'ParaphImportFailing')
    expect(alert && exprOf(alert, 1)).toContain('> 300')
    expect(alert && exprOf(alert, 1 / 60)).toContain('> 5')
    expect(failing && exprOf(failing, 1)).toContain('[15m]')
    expect(failing && exprOf(failing, 1 / 60)).toContain('[15s]')
    expect(failing && exprOf(failing, 1 / 1_000)).toContain('[5s]')
    const { groups } = buildRules(SCENARIOS, { scale: 1 / 100 })
    const waiting = groups.flatMap(({ rules }) => rules).find((rule) => rule.alert === 'ParaphImportWaiting')
    expect(waiting?.for).toBe('600ms')
  })

  it.each([
    [0.6, '600ms'],
    [90, '90s'],
    [900, '15m'],
    [7_200, '2h'],
    [86_400, '1d'],
  ])('write %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })
})

describe.skipIf(!hasPromtool)('the alert rules, for the promtool of Debian’s package `prometheus`,', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'paraph-rules-'))
    writeFileSync(join(folder, 'paraph.rules.yml'), writeRules(SCENARIOS))
    writeFileSync(join(folder, 'paraph.test.yml'), writeRuleTests(SCENARIOS))
    copyFileSync(join(FOLDER, 'prometheus.yml'), join(folder, 'prometheus.yml'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function promtool(...words: string[]): { readonly said: string; readonly status: number | null } {
    const { status, stdout, stderr } = spawnSync('promtool', words, { cwd: folder, encoding: 'utf8' })
    return { said: `${stdout}${stderr}`, status }
  }
  const found = expect.stringContaining(`SUCCESS: ${ALERTS.length} rules found`)

  it('are well formed', () => {
    expect(promtool('check', 'rules', 'paraph.rules.yml')).toEqual({ said: found, status: 0 })
  })

  it('are well formed at the time of a drill', () => {
    writeFileSync(join(folder, 'drill.json'), JSON.stringify(buildRules(SCENARIOS, { scale: 1 / 100 })))
    expect(promtool('check', 'rules', 'drill.json')).toEqual({ said: found, status: 0 })
  })

  it('fire in the case made for each, and not in the healthy one', () => {
    const succeeded = expect.stringMatching(/SUCCESS\s*$/)
    expect(promtool('test', 'rules', 'paraph.test.yml')).toEqual({ said: succeeded, status: 0 })
  })

  it('are loaded by the example configuration', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toEqual({ said: found, status: 0 })
  })
})

describe('the names of metrics', () => {
  it.each([
    [
      'sum by (le) (rate(http_request_duration_seconds_bucket{path="a_b"}[5m]))',
      ['http_request_duration_seconds_bucket'],
    ],
    ['absent(up{job="paraph"}) or up == 0', ['up']],
    [
      'time() - max(grading_sweeper_leader) > 3e2 unless made_up offset 15m',
      ['grading_sweeper_leader', 'made_up'],
    ],
  ])('are found in %s', (expr, names) => {
    expect(metricsIn(expr)).toEqual(names)
  })

  it('are those of series that are shown, with the endings of a histogram', () => {
    expect(isDeclared('http_request_duration_seconds_bucket')).toBe(true)
    expect(isDeclared('http_request_duration_seconds')).toBe(false)
    expect(isDeclared('http_request_durations')).toBe(false)
  })
})
