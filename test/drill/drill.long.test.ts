import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildRules } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { askDoctor, type Drilled, drill } from './drill.ts'
import { writeDrillPage } from './drill-page.ts'
import { FAULTS } from './faults.ts'
import { hasPrometheus, type Prometheus, startPrometheus, TIME_SCALE } from './prometheus.ts'
import { openWorld, type World } from './world.ts'

describe('the playbook', () => {
  it('has a fault for every root cause, with an alert of its scenario', () => {
    const causes = SCENARIOS.flatMap(({ id, causes }) => causes.map((cause) => `${id}/${cause.id}`))
    expect(FAULTS.map(({ scenario, cause }) => `${scenario}/${cause}`)).toEqual(causes)
    const alerts = new Set(SCENARIOS.flatMap((scenario) => scenario.alerts.map(({ name }): string => name)))
    expect(FAULTS.filter(({ alert }) => !alerts.has(alert)).map(({ cause }) => cause)).toEqual([])
  })
})

// Debian's prometheus evaluates the rules; where it is absent nothing would be shown.
describe.skipIf(!hasPrometheus())('the drill', () => {
  let world: World
  let prometheus: Prometheus
  const drilled = new Map<string, Drilled>()
  beforeAll(async () => {
    world = await openWorld()
    prometheus = await startPrometheus(world.metricsPort, buildRules(SCENARIOS, { scale: TIME_SCALE }))
  })
  afterAll(async () => {
    await prometheus?.close()
    await world?.close()
  })

  // A second try, since all of it hangs on moments that a machine which is busy with other things can miss.
  it.each(FAULTS)('$cause: alert, cause named first, action, over, clear', { retry: 1 }, async (fault) => {
    const one = await drill(world, prometheus, fault)
    drilled.set(fault.cause, one)
    expect(one).toMatchObject({
      ...{ injected: true, alertFired: true, rankedFirst: true, verified: true, alertCleared: true },
    })
  })

  it('leaves an installation of which the doctor has nothing to say', async () => {
    await expect
      .poll(async () => (await askDoctor(world)).findings, { timeout: 60_000, interval: 1_000 })
      .toEqual([])
  })

  it('is told in docs/drill.md', async () => {
    await expect(writeDrillPage([...drilled.values()])).toMatchFileSnapshot('../../docs/drill.md')
  })
})
