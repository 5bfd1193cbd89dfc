import { defineConfig } from 'vitest/config'
import { common, GLOBAL_SETUP } from './vitest.config.ts'

/** What these find out depends on what else the machine does. */
const ALONE = [
  'test/commands/metrics.long.test.ts',
  'test/drill/**/*.long.test.ts',
  'test/journeys/bad-files.long.test.ts',
]
const MODULES = '**/node_modules/**'

type Group = { name: string; include: string[]; exclude: string[]; maxWorkers: number }

/** A group of files begins when those of the group before it have ended. */
const inTurn = (groups: readonly Group[]) =>
  groups.map((group, groupOrder) => ({
    test: {
      ...common,
      globalSetup: GLOBAL_SETUP,
      testTimeout: 600_000,
      hookTimeout: 600_000,
      ...group,
      sequence: { groupOrder },
    },
  }))

/** The tests that take minutes: whole processes, kills, sizes. */
export default defineConfig({
  test: {
    projects: inTurn([
      // Most of them wait more than they work, so two run at once.
      {
        name: 'long',
        include: ['src/**/*.long.test.ts', 'test/**/*.long.test.ts'],
        exclude: [MODULES, ...ALONE],
        maxWorkers: 2,
      },
      { name: 'alone', include: ALONE, exclude: [MODULES], maxWorkers: 1 },
    ]),
  },
})
