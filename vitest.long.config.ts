import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** The tests that take minutes: whole processes, kills, sizes. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: ['**/node_modules/**'] } },
  defineConfig({
    test: {
      include: ['src/**/*.long.test.ts', 'test/**/*.long.test.ts'],
      testTimeout: 600_000,
      hookTimeout: 600_000,
      maxWorkers: 1,
    },
  }),
)
