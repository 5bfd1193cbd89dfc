import { describe, expect, it } from 'vitest'
import { REPAIR_ACTIONS, REPAIR_REASONS, repairBody } from '../../src/operations/contract.ts'
import { SCENARIOS } from '../../src/operations/scenarios/all.ts'
import { REASONS, repairOf } from '../../web/console/repair-command.ts'

const ID = '0198f3a2-7a55-4c11-9d34-000057ea0001'
const BY_HAND = ['drain-spool', 'restart-sweeper', 'restart-integrator', 'end-session']

const commands = SCENARIOS.flatMap(({ causes }) => causes.flatMap(({ actions }) => actions)).map(
  ({ command }) =>
    command
      .replaceAll('{queue}', 'import-batch')
      .replaceAll('{pid}', '42')
      .replace(/\{\w+\}/g, ID),
)

describe('the repair that a command of the doctor does', () => {
  const repairs = commands.filter((command) => command.startsWith('paraph repair'))

  it('is found in every command of every scenario, as the API takes it', () => {
    expect(new Set(repairs).size).toBeGreaterThan(8)
    for (const command of repairs) {
      const [, , action = ''] = command.split(' ')
      const repair = repairOf(command)
      if (BY_HAND.includes(action)) expect(repair, command).toBeUndefined()
      else expect(repairBody.parse(repair), command).toMatchObject({ action, dryRun: true })
    }
  })

  it('is none in anything else', () => {
    for (const command of commands.filter((one) => !one.startsWith('paraph repair'))) {
      expect(repairOf(command), command).toBeUndefined()
    }
    expect(
      repairOf(`paraph repair requeue --job ${ID} --reason cause-removed --yes; rm -rf /`),
    ).toBeUndefined()
    expect(repairOf('paraph repair constructor --yes')).toBeUndefined()
  })

  it('knows the actions and the reasons of the API', () => {
    expect(REASONS).toEqual(REPAIR_REASONS)
    const known = commands.concat(REPAIR_ACTIONS.map((action) => `paraph repair ${action} --yes`))
    const found = new Set(known.flatMap((command) => repairOf(command)?.action ?? []))
    expect([...found, ...BY_HAND].sort()).toEqual([...REPAIR_ACTIONS].sort())
  })
})
