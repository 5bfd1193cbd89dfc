import { setTimeout as sleep } from 'node:timers/promises'
import { parseExposition } from '../../src/observability/exposition.ts'
import type { World } from './world.ts'

/** What is done to the PDF processes of a worker, and how long for at most. */
const PATIENCE_MS = 90_000

/**
 * Stops (SIGSTOP) each PDF process once it could take a document, until `isDone`: one that is stopped while it starts
 * would never take any. Those that were stopped last stay so; `thawEngines` sets them going.
 */
export function freezeEngines(world: World, isDone: () => Promise<boolean>): Promise<void> {
  return repeat(isDone, () => freezeReady(world))
}

/** Stops the PDF processes that there are, as soon as all of them could take a document. */
export async function freezeReady(world: World): Promise<boolean> {
  const pids = world.enginePids()
  const answer = await fetch(`http://127.0.0.1:${world.metricsPort + 1}/metrics`)
  const ready = parseExposition(await answer.text())
    .filter(({ name }) => name === 'pdf_engines')
    .reduce((sum, { value }) => sum + value, 0)
  if (pids.length === 0 || ready < pids.length) return false
  signal(pids, 'SIGSTOP')
  return true
}

export function thawEngines(world: World): void {
  signal(world.enginePids(), 'SIGCONT')
}

/** Kills every PDF process, and those that take their place, until `isDone`. */
export function killEngines(world: World, isDone: () => Promise<boolean>): Promise<void> {
  return repeat(isDone, async () => signal(world.enginePids(), 'SIGKILL'))
}

async function repeat(isDone: () => Promise<boolean>, work: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (!(await isDone())) {
    if (performance.now() > until) throw new Error('the PDF processes were not missed')
    await work()
    await sleep(50)
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has ended meanwhile.
    }
  }
}
