import { setTimeout as sleep } from 'node:timers/promises'
import type { Diagnosis, Finding } from '../../src/operations/doctor.ts'
import { followPage } from './by-hand.ts'
import type { Fault } from './fault.ts'
import type { Prometheus } from './prometheus.ts'
import type { World } from './world.ts'

/** What came of one root cause that was put into an installation. Times in milliseconds. */
export type Drilled = {
  readonly scenario: string
  readonly cause: string
  readonly injected: boolean
  /** Null without a Prometheus. */
  readonly alertFired: boolean | null
  readonly alertMs: number | null
  /** Whether the doctor named this cause first. */
  readonly rankedFirst: boolean
  /** The cause that it named first; null when it named none. */
  readonly namedFirst: string | null
  readonly doctorMs: number | null
  /** The cause that a reader of the page comes to, and how long its questions took. */
  readonly handFirst: string | null
  readonly handMs: number | null
  /** The commands that were run, as the doctor printed them. */
  readonly action: string
  readonly verified: boolean
  readonly alertCleared: boolean | null
  readonly totalMs: number
}

/** What the doctor looks back at in a drill: a fault that is over must soon be forgotten. */
const WINDOW_MINUTES = '0.5'
const PATIENCE_MS = { alert: 40_000, doctor: 20_000, over: 60_000, quiet: 90_000 } as const

/** Puts the fault in, and follows the playbook until it is over and the alert has cleared. */
export async function drill(
  world: World,
  prometheus: Prometheus | undefined,
  fault: Fault,
): Promise<Drilled> {
  const { scenario, cause } = fault
  const begun = performance.now()
  await untilQuiet(world, prometheus)
  let undo: (() => Promise<void>) | undefined
  let drilled: Omit<Drilled, 'scenario' | 'cause' | 'totalMs'> = {
    ...{ injected: false, alertFired: null, alertMs: null, rankedFirst: false, namedFirst: null },
    ...{ doctorMs: null, handFirst: null, handMs: null, action: '', verified: false, alertCleared: null },
  }
  try {
    undo = await fault.inject(world)
    const injectedAt = performance.now()
    drilled = { ...drilled, injected: true }
    if (prometheus) {
      const fires = async () => (await prometheus.firing()).has(fault.alert)
      const alertFired = await within(PATIENCE_MS.alert, fires)
      drilled = { ...drilled, alertFired, alertMs: Math.round(performance.now() - injectedAt) }
    }
    const found = await findFirst(world, cause)
    const namedFirst = found?.finding?.cause ?? null
    const doctorMs = found?.durationMs ?? null
    drilled = { ...drilled, namedFirst, doctorMs, rankedFirst: namedFirst === cause }
    const byHand = await followPage(world, scenario, Number(WINDOW_MINUTES))
    drilled = { ...drilled, handFirst: byHand.cause, handMs: byHand.milliseconds }
    if (found?.finding) {
      await fault.act?.(world, found.finding)
      drilled = { ...drilled, action: (await runActions(world, fault, found.finding)).join('; ') }
    }
    const isOver = async () => (await fault.isOver(world)) && !(await isBlamed(world, cause))
    drilled = { ...drilled, verified: await within(PATIENCE_MS.over, isOver) }
  } finally {
    await undo?.()
  }
  if (prometheus) {
    const hasCleared = async () => !(await prometheus.firing()).has(fault.alert)
    drilled = { ...drilled, alertCleared: await within(PATIENCE_MS.over, hasCleared) }
  }
  return { scenario, cause, ...drilled, totalMs: Math.round(performance.now() - begun) }
}

export function isPassed({ injected, alertFired, rankedFirst, verified, alertCleared }: Drilled): boolean {
  return injected && alertFired !== false && rankedFirst && verified && alertCleared !== false
}

/** What the doctor says of the whole installation. */
export async function askDoctor(world: World): Promise<Diagnosis> {
  const { stdout } = await world.paraph('doctor', '--json', '--since', WINDOW_MINUTES)
  return JSON.parse(stdout)
}

/** The first finding; asked again for a while, since a fault may take a moment to show. */
async function findFirst(
  world: World,
  cause: string,
): Promise<{ finding: Finding | undefined; durationMs: number } | undefined> {
  let last: { finding: Finding | undefined; durationMs: number } | undefined
  await within(PATIENCE_MS.doctor, async () => {
    const { findings, durationMs } = await askDoctor(world)
    last = { finding: findings[0], durationMs }
    return findings[0]?.cause === cause
  })
  return last
}

async function isBlamed(world: World, cause: string): Promise<boolean> {
  return (await askDoctor(world)).findings.some((finding) => finding.cause === cause)
}

async function runActions(world: World, fault: Fault, finding: Finding): Promise<readonly string[]> {
  const commands = finding.actions.map(({ command }) => command)
  if (fault.runsCommands === false) return commands
  for (const command of commands) {
    const restarted = /^systemctl restart paraph-(api|worker)$/.exec(command)?.[1]
    const [program, ...words] = command.split(' ')
    if (restarted === 'api' || restarted === 'worker') await world.restart(restarted)
    else if (program === 'paraph') await world.paraph(...words)
  }
  return commands
}

/** No alert fires and the doctor has nothing to say: what came before is over. Throws when that does not come. */
async function untilQuiet(world: World, prometheus: Prometheus | undefined): Promise<void> {
  const isQuiet = async () =>
    ((await prometheus?.firing())?.size ?? 0) === 0 && (await askDoctor(world)).findings.length === 0
  if (await within(PATIENCE_MS.quiet, isQuiet)) return
  const { findings } = await askDoctor(world)
  const alerts = [...((await prometheus?.firing()) ?? [])]
  throw new Error(
    `not quiet before the fault: ${[...findings.map(({ cause }) => cause), ...alerts].join(', ')}`,
  )
}

async function within(patienceMs: number, ask: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + patienceMs
  do {
    if (await ask()) return true
    await sleep(250)
  } while (performance.now() < until)
  return false
}
