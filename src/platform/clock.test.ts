import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'

test("the clock of the system tells the system's time, and lends nothing that could be altered", () => {
  const before = Date.now()
  const first = systemClock.now()
  expect(first.getTime()).toBeGreaterThanOrEqual(before)
  expect(first.getTime()).toBeLessThanOrEqual(Date.now())
  first.setFullYear(1970)
  expect(systemClock.now().getTime()).toBeGreaterThanOrEqual(before)
})
