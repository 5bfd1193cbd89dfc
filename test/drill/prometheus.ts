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

/** A real Prometheus that scrapes both processes every second and evaluates `rules`, the content of a rule file. */
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
  return {
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
