import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildRules } from '../../src/operations/rules.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { askDoctor, type Drilled, drill } from './drill.ts'
import { writeDrillPage } from './drill-page.ts'
import { FAULTS } from './faults.ts'
import { metricsNamed, metricsShown } from './named-metrics.ts'
import { hasPsql } from './operator-shell.ts'
import { hasPrometheus, type Prometheus, startPrometheus, TIME_SCALE } from './prometheus.ts'
import { openWorld, type World } from './world.ts'

describe('the playbook', () => {
  it('has a fault for every root cause, each in a way of its own, with an alert of its scenario', () => {
    const causes = SCENARIOS.flatMap(({ id, causes }) => causes.map((cause) => `${id}/${cause.id}`))
    expect([...new Set(FAULTS.map(({ scenario, cause }) => `${scenario}/${cause}`))]).toEqual(causes)
    expect(new Set(FAULTS.map(nameOf)).size).toBe(FAULTS.length)
    const alerts = new Set(
      SCENARIOS.flatMap(({ id, alerts }) => alerts.map(({ name }): string => `${id}/${name}`)),
    )
    expect(FAULTS.filter(({ scenario, alert }) => !alerts.has(`${scenario}/${alert}`)).map(nameOf)).toEqual(
      [],
    )
  })
})

const nameOf = ({ cause, how }: { readonly cause: string; readonly how: string }) => `${cause} ${how}`

// Debian's prometheus evaluates the rules, and its psql asks the questions; without them nothing would be shown.
describe.skipIf(!hasPrometheus() || !hasPsql())('the drill', () => {
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
  it.each(FAULTS)(
    '$cause ($how): alert, cause named first, shown by the page, action, over, clear',
    { retry: 1 },
    async (fault) => {
      const one = await drill(world, prometheus, fault)
      drilled.set(nameOf(fault), one)
      const { alertMs, doctorMs, handMs, totalMs } = one
      process.stderr.write(`${nameOf(fault)}: ${JSON.stringify({ alertMs, doctorMs, handMs, totalMs })}\n`)
      expect(one).toMatchObject({
        ...{ injected: true, alertFired: true, rankedFirst: true },
        ...{ page: true, pageUnanswered: [], actionFailed: [], verified: true, alertCleared: true },
      })
    },
  )

  it('leaves an installation of which the doctor has nothing to say', async () => {
    await expect
      .poll(async () => (await askDoctor(world)).findings, { timeout: 60_000, interval: 1_000 })
      .toEqual([])
  })

  it('is about metrics that running processes show, each that a rule or a page names', async () => {
    const named = metricsNamed()
    expect(named.length).toBeGreaterThan(20)
    await expect
      .poll(
        async () => {
          const shown = await metricsShown(world.metricsPort)
          return named.filter((name) => !shown.has(name))
        },
        { timeout: 30_000, interval: 1_000 },
      )
      .toEqual([])
  })

  it('is told in docs/drill.md', async () => {
    await expect(writeDrillPage([...drilled.values()])).toMatchFileSnapshot('../../docs/drill.md')
  })
})
