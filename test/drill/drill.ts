import { setTimeout as sleep } from 'node:timers/promises'
import type { Diagnosis, Finding } from '../../src/operations/doctor.ts'
import type { Action } from '../../src/operations/scenarios/scenario.ts'
import { askByHand } from './by-hand.ts'
import type { Fault, How } from './fault.ts'
import { hasPsql, typeAs } from './operator-shell.ts'
import type { Prometheus } from './prometheus.ts'
import type { World } from './world.ts'

/** What came of one root cause that was put into an installation. Times in milliseconds. */
export type Drilled = {
  readonly scenario: string
  readonly cause: string
  readonly how: How
  readonly injected: boolean
  /** Null without a Prometheus. */
  readonly alertFired: boolean | null
  readonly alertMs: number | null
  /** Whether the doctor named this cause first. */
  readonly rankedFirst: boolean
  /** The cause that it named first; null when it named none. */
  readonly namedFirst: string | null
  readonly doctorMs: number | null
  /**
   * Whether every question of the page could be put by hand and one that it names for the cause showed the fault. Null
   * without a Prometheus or psql.
   */
  readonly page: boolean | null
  /** Those that showed it, and those that could not be put. */
  readonly pageShown: readonly string[]
  readonly pageUnanswered: readonly string[]
  readonly handMs: number | null
  /** The commands that were run, as the doctor printed them. */
  readonly action: string
  /** Those of them that did not end with 0. */
  readonly actionFailed: readonly string[]
  /** Whether all worked again, and what is printed to verify that ended with 0. */
  readonly verified: boolean
  readonly alertCleared: boolean | null
  readonly totalMs: number
}

/** What an alert and the doctor may take at the time scale of a drill. */
export const LIMITS_MS = { alert: 10_000, doctor: 2_000 } as const
/** What the doctor looks back at in a drill, a third of a minute: a fault that is over must soon be forgotten. */
const WINDOW_MINUTES = '0.33'
const PATIENCE_MS = { alert: 40_000, doctor: 20_000, over: 90_000, clear: 60_000, quiet: 90_000 } as const

const NOTHING = {
  ...{ injected: false, alertFired: null, alertMs: null, rankedFirst: false, namedFirst: null },
  ...{ doctorMs: null, page: null, pageShown: [], pageUnanswered: [], handMs: null },
  ...{ action: '', actionFailed: [], verified: false, alertCleared: null },
} as const

/** Puts the fault in, and follows the playbook until it is over and the alert has cleared. */
export async function drill(
  world: World,
  prometheus: Prometheus | undefined,
  fault: Fault,
): Promise<Drilled> {
  const { scenario, cause, how } = fault
  const begun = performance.now()
  await untilQuiet(world, prometheus)
  const since = new Date()
  let undo: (() => Promise<void>) | undefined
  let drilled: Omit<Drilled, 'scenario' | 'cause' | 'how' | 'totalMs'> = NOTHING
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
    if (prometheus && hasPsql()) {
      const { shown, unanswered, milliseconds } = await askByHand(world, prometheus, fault, since)
      const page = shown.length > 0 && unanswered.length === 0
      drilled = { ...drilled, page, pageShown: shown, pageUnanswered: unanswered, handMs: milliseconds }
    }
    const printed = found?.finding?.actions ?? []
    const { leavesOut } = fault
    const actions = printed.filter(({ command }) => !leavesOut || !command.includes(` ${leavesOut} `))
    if (found?.finding) {
      await fault.act?.(world, found.finding)
      const actionFailed = await runActions(world, actions)
      drilled = { ...drilled, action: actions.map(({ command }) => command).join('; '), actionFailed }
    }
    const isOver = async () => (await fault.isOver(world)) && (await isVerified(world, actions))
    drilled = { ...drilled, verified: await within(PATIENCE_MS.over, isOver) }
  } finally {
    await undo?.()
  }
  if (prometheus) {
    const hasCleared = async () => !(await prometheus.firing()).has(fault.alert)
    drilled = { ...drilled, alertCleared: await within(PATIENCE_MS.clear, hasCleared) }
  }
  return { scenario, cause, how, ...drilled, totalMs: Math.round(performance.now() - begun) }
}

export function isPassed(drilled: Drilled): boolean {
  const { injected, alertFired, rankedFirst, page, actionFailed, verified, alertCleared } = drilled
  const isFound = alertFired !== false && rankedFirst && page !== false
  return injected && isFound && actionFailed.length === 0 && verified && alertCleared !== false
}

/** Whether the alert came, and the doctor answered, as soon as they should. */
export function isInTime({ alertMs, doctorMs }: Drilled): boolean {
  return (alertMs ?? 0) <= LIMITS_MS.alert && (doctorMs ?? 0) <= LIMITS_MS.doctor
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

/** Types what the doctor printed, one after the other; returns what did not end with 0. */
async function runActions(world: World, actions: readonly Action[]): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { command } of actions) if (!(await run(world, command))) failed.push(command)
  return failed
}

/** There is no systemd here: units are started again as it would. */
async function run(world: World, command: string): Promise<boolean> {
  const [, unit] = /^systemctl restart (\S+)$/.exec(command) ?? []
  if (unit === 'paraph-api') await world.restart('api')
  else if (unit === 'paraph-worker') await world.restart('worker')
  else if (unit === 'postgresql') await world.restartDatabase()
  else if (command.startsWith('psql ') && !hasPsql()) return true
  else return (await typeAs(world, command)).code === 0
  return true
}

/** Types what is printed after `verify`, with the window of the drill. */
async function isVerified(world: World, actions: readonly Action[]): Promise<boolean> {
  for (const command of new Set(actions.map(({ verify }) => verify))) {
    const window = command.startsWith('paraph doctor') ? ` --since ${WINDOW_MINUTES}` : ''
    if ((await typeAs(world, `${command}${window}`)).code !== 0) return false
  }
  return true
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
