import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePorts } from '../../src/platform/ports.ts'
import { until } from '../support/builders.ts'

/** How much faster than in production time passes for the rules of a drill. */
export const TIME_SCALE = 1 / 100

export type Prometheus = {
  /** Names of the alerts that fire now. */
  firing(): Promise<ReadonlySet<string>>
  /** The values of an expression now; undefined when it cannot be evaluated. */
  query(expr: string): Promise<readonly number[] | undefined>
  close(): Promise<void>
}

export function hasPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** So many scrapes of each process must be there before a counter that grows shows as an increase. */
const FIRST_SCRAPES = 3

/** A real Prometheus that has begun to scrape both processes every second and evaluates `rules`, the content of a rule file. */
export async function startPrometheus(metricsPort: number, rules: object): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-prometheus-'))
  const port = await findFreePorts('127.0.0.1', 1)
  const target = (role: string, targetPort: number) => ({
    targets: [`127.0.0.1:${targetPort}`],
    labels: { role },
  })
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify(rules))
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    scrape_configs: [
      { job_name: 'paraph', static_configs: [target('api', metricsPort), target('worker', metricsPort + 1)] },
    ],
  }
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise<void>((done) => child.on('close', () => done()))
  const url = `http://127.0.0.1:${port}`
  await until(async () => ((await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ? true : undefined))
  async function query(expr: string): Promise<readonly number[] | undefined> {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`)
    const { status, data } = (await answer.json()) as {
      status: string
      data?: { result: { value: [number, string] }[] }
    }
    return status === 'success'
      ? (data?.result ?? []).map(({ value: [, value] }) => Number(value))
      : undefined
  }
  await until(async () => {
    const scrapes = (await query('sum_over_time(up{job="paraph"}[1m])')) ?? []
    return scrapes.length === 2 && Math.min(...scrapes) >= FIRST_SCRAPES ? true : undefined
  }, 30_000)
  return {
    query,
    firing: async () => {
      const answer = await fetch(`${url}/api/v1/alerts`)
      const { data } = (await answer.json()) as {
        data: { alerts: { state: string; labels: { alertname: string } }[] }
      }
      return new Set(
        data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname),
      )
    },
    close: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
