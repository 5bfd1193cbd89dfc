import { defineConfig } from 'vitest/config'

if (Number(process.versions.node.split('.')[0]) < 24) {
  throw new Error(
    'The tests need Node 24: run them with "npm test", after "npm ci" with install scripts allowed.',
  )
}

const TESTS = ['src/**/*.test.ts', 'web/**/*.test.ts', 'test/**/*.test.ts']
const OTHERS = ['**/*.long.test.ts', '**/node_modules/**']
/**
 * Each has a process of its own: they look at what a process has once (its metrics, its readiness, its queues, its log), or
 * take longer than a process takes to start. The others follow each other in two processes, which spares each of them what it imports.
 */
const APART = [
  'src/audit/publisher.test.ts',
  'src/http/**/*.test.ts',
  'src/observability/**/*.test.ts',
  'src/operations/moved-copies.test.ts',
  'src/pdf/metrics.test.ts',
  'src/platform/{database-presence,disk,pool-metrics}.test.ts',
  'src/queue/**/*.test.ts',
  'test/access/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/docs/alert-rules.test.ts',
  'test/journeys/{finalize-fails,import,import-progress,locks,series-budget,stuck,whole-life}.test.ts',
]

export const GLOBAL_SETUP = ['test/support/global-setup.ts']
/** What the quick tests and the long ones have in common. */
export const common = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // What is waited for comes when the machine has time for it.
  expect: { poll: { timeout: 10_000 } },
} as const

export default defineConfig({
  test: {
    // One database for all.
    globalSetup: GLOBAL_SETUP,
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: 'apart', include: APART, exclude: OTHERS } },
      {
        test: { ...common, name: 'together', include: TESTS, exclude: [...APART, ...OTHERS], isolate: false },
      },
    ],
  },
})
