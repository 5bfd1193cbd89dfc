import { expect, test } from 'vitest'
import { createWake, listenForJobs } from './wake.ts'

const timed = async (work: Promise<void>): Promise<number> => {
  const started = performance.now()
  await work
  return performance.now() - started
}

test('a sleeper wakes by itself when nothing rings', async () => {
  const elapsed = await timed(createWake().wait(60))
  expect(elapsed).toBeGreaterThan(50)
  expect(elapsed).toBeLessThan(2_000)
})

test('a bell ends the sleep at once', async () => {
  const wake = createWake()
  setTimeout(() => wake.ring(), 20)
  expect(await timed(wake.wait(10_000))).toBeLessThan(2_000)
})

test('a bell that rang while nobody slept is heard at the next sleep, once', async () => {
  const wake = createWake()
  wake.ring()
  wake.ring()
  expect(await timed(wake.wait(10_000))).toBeLessThan(1_000)
  expect(await timed(wake.wait(60))).toBeGreaterThan(50)
})

test('a bell that ended a sleep is not heard again at the next', async () => {
  const wake = createWake()
  const sleeping = wake.wait(10_000)
  wake.ring()
  await sleeping
  expect(await timed(wake.wait(60))).toBeGreaterThan(50)
})

test('a listener that cannot connect can be closed', async () => {
  const rung: unknown[] = []
  const listener = listenForJobs(
    'postgres://nobody@127.0.0.1:1/nothing',
    'paraph-test',
    (queue) => void rung.push(queue),
  )
  expect(await timed(listener.close())).toBeLessThan(2_000)
  expect(rung).toEqual([])
})
