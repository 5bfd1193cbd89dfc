import { openProbes } from '../../src/bin/open-probes.ts'
import type { Probe } from '../../src/operations/probes.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { loadConfig } from '../../src/platform/config.ts'
import type { World } from './world.ts'

/** What a reader of the page comes to: the first cause whose questions are answered as it says, and how long they took. */
export type ByHand = { readonly cause: string | null; readonly milliseconds: number }

/**
 * Follows the page of a scenario by hand: its questions one after the other, each in a window of its own, cause by cause,
 * until one of them holds. The time is that of the questions; how long somebody reads is not in it.
 */
export async function followPage(world: World, scenarioId: string, minutes: number): Promise<ByHand> {
  const begun = performance.now()
  const causes = SCENARIOS.find(({ id }) => id === scenarioId)?.causes ?? []
  const answers = new Map<Probe<unknown>, unknown>()
  const seen = { of: <T>(probe: Probe<T>) => answers.get(probe) as T | undefined }
  for (const cause of causes) {
    for (const probe of cause.probes.filter((one) => !answers.has(one))) {
      answers.set(probe, await askAlone(world, probe, minutes))
    }
    if (cause.judge(seen)) return { cause: cause.id, milliseconds: Math.round(performance.now() - begun) }
  }
  return { cause: null, milliseconds: Math.round(performance.now() - begun) }
}

/** What cannot be asked has no answer. */
async function askAlone<T>(world: World, probe: Probe<T>, minutes: number): Promise<T | undefined> {
  const config = loadConfig({}, world.environment)
  const probes = openProbes(config, minutes)
  try {
    return await probe.ask(probes.sources)
  } catch {
    return undefined
  } finally {
    await probes.close()
  }
}
