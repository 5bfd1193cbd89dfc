import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import type { FaultPoint } from '../../src/platform/fault-points.ts'
import type { Role } from '../../src/platform/http-route.ts'
import { until } from '../support/builders.ts'
import { type Ended, type Running, startCommand } from '../support/command.ts'
import { createProbe, type Probe } from '../support/leak-probe.ts'
import { findTreeProcess } from '../support/tree-process.ts'
import { type Canary, createCanaries, STEM } from './canaries.ts'
import { makeExam, type Office } from './deeds.ts'
import { createLedger, type Ledger } from './ledger.ts'
import type { Act } from './misbehave.ts'
import type { Installation } from './remains.ts'
import { type Place, type Speaker, signIn } from './speaker.ts'

export type ProcessWorld = Office & {
  readonly probe: Probe
  readonly ledger: Ledger
  readonly root: string
  readonly folder: string
  readonly url: () => string
  readonly metricsUrls: () => readonly string[]
  readonly metricsToken: string
  readonly running: () => Running
  canaryOf(vector: string): Canary
  /** Runs a command to its end; what it says goes into the ledger. */
  run(
    command: readonly string[],
    options?: { input?: string; env?: Readonly<Record<string, string>> },
  ): Promise<Ended>
  /** The lines that a process has logged since the vector began. */
  lines(role: 'api' | 'worker'): readonly Readonly<Record<string, unknown>>[]
  begin(): void
  /** What the processes of the tree have said since the vector began, on both of their streams. */
  spoken(): string
  /** Lets a process of the tree misbehave. */
  order(role: string, act: Act, text: string): void
  /** Kills at the next passing of a fault point. */
  killAt(point: FaultPoint, victim: 'process' | 'database'): void
  pidOf(role: 'api' | 'worker'): number
  installation(): Promise<Installation>
  close(): Promise<void>
}

const MISBEHAVE = join(import.meta.dirname, 'misbehave.ts')

/** `paraph start` with everything it starts, on a folder of its own, and everything it says written down. */
export async function openProcessWorld(): Promise<ProcessWorld> {
  const probe = createProbe(STEM)
  const ledger = createLedger(probe)
  const canaryOf = createCanaries(probe)
  const root = mkdtempSync(join(tmpdir(), 'paraph-leak-'))
  const folder = join(root, 'data')
  const orders = join(root, 'orders')
  const faultFile = join(root, 'fault')
  mkdirSync(orders)
  const metricsToken = canaryOf('the token of the metrics').ascii('password')
  const environment = {
    LEAK_ORDERS: orders,
    NODE_OPTIONS: `--import=${MISBEHAVE}`,
    PARAPH_FAULT_FILE: faultFile,
    PARAPH_LOG_DEBUG: 'true',
    PARAPH_METRICS_TOKEN: metricsToken,
    PARAPH_RETRY_SECONDS: '1',
  }
  const running = startCommand(folder, ['start'], { env: environment })
  let spoken = ''
  for (const name of ['stdout', 'stderr'] as const) {
    running.child[name]?.on('data', (chunk: Buffer) => {
      spoken += chunk.toString()
      ledger.add({ name: `${name} of the process tree`, content: chunk })
    })
  }
  const [, url = ''] = await running.until(/Paraph is ready: (\S+)/)
  const [, api = '', worker = ''] = await running.until(/metrics {2}(\S+)\n {2}metrics {2}(\S+)/)
  const place: Place = { url: () => url, origin: () => url, ledger }

  async function run(
    command: readonly string[],
    options: { input?: string; env?: object } = {},
  ): Promise<Ended> {
    const env = { LEAK_ORDERS: orders, NODE_OPTIONS: `--import=${MISBEHAVE}`, ...options.env }
    const ended = await startCommand(folder, command, { input: options.input ?? '', env }).ended
    ledger.add({ name: `stdout of ${command[0]}`, content: ended.stdout })
    ledger.add({ name: `stderr of ${command[0]}`, content: ended.stderr })
    return ended
  }

  const staff = new Map<Role, Promise<Speaker>>()
  async function makeAccount(role: Role): Promise<Speaker> {
    const canary = canaryOf(`the account of the ${role}`)
    const account = { email: canary.email(), password: canary.text('password') }
    const command = ['user', 'add', '--role', role, '--email', account.email, '--name', canary.text('name')]
    const { stdout } = await run(command, { input: account.password })
    return signIn(place, role, { ...account, accountId: /made account (\S+)/.exec(stdout)?.[1] ?? '' })
  }
  const as = (role: Role): Promise<Speaker> => {
    const known = staff.get(role) ?? makeAccount(role)
    staff.set(role, known)
    return known
  }
  let exam: Promise<string> | undefined
  const read = (role: 'api' | 'worker') => {
    const text = readFileSync(join(folder, 'logs', role, 'app.log'), 'utf8')
    return text.trimEnd().split('\n')
  }
  let begun = { api: 0, worker: 0 }

  return {
    probe,
    ledger,
    root,
    folder,
    metricsToken,
    url: () => url,
    metricsUrls: () => [api, worker],
    running: () => running,
    canaryOf,
    as,
    examId: () => {
      exam ??= makeExam({ as }, canaryOf('the exam of all'))
      return exam
    },
    run,
    lines: (role) =>
      read(role)
        .slice(begun[role])
        .map((line) => JSON.parse(line)),
    begin: () => {
      begun = { api: read('api').length, worker: read('worker').length }
      spoken = ''
    },
    spoken: () => spoken,
    order: (role, act, text) => {
      const path = join(orders, role)
      writeFileSync(`${path}.new`, JSON.stringify({ act, text }))
      renameSync(`${path}.new`, path)
    },
    killAt: (point, victim) => {
      const postmaster = readFileSync(join(folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]
      writeFileSync(faultFile, `${point} 1 ${victim === 'process' ? 'self' : postmaster}`)
    },
    pidOf: (role) => getProcess(folder, role),
    installation: async () => {
      const { urls } = await startEmbeddedPostgres({ directory: join(folder, 'postgres') })
      return { folder, ownerUrl: urls.owner }
    },
    close: async () => {
      running.child.kill('SIGTERM')
      await running.ended
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function getProcess(folder: string, role: 'api' | 'worker'): number {
  const found = findTreeProcess(folder, role)
  if (found === undefined) throw new Error(`no ${role} runs`)
  return found
}

/** Waits until everything answers, after something was killed. */
export async function awaitService(world: ProcessWorld): Promise<void> {
  await until(async () => {
    const answers = await Promise.all(
      [
        `${world.url()}/readyz`,
        ...world.metricsUrls().map((metrics) => metrics.replace(/metrics$/, 'livez')),
      ].map((url) =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    )
    return answers.every(Boolean) ? true : undefined
  }, 60_000)
}
