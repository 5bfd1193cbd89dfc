import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runInBackground } from './background.ts'
import { startCollector } from './collector.ts'
import { findContext, getContext, runInContext } from './context.ts'
import { configureLogging } from './log.ts'
import { exposeMetrics, registry } from './metrics.ts'
import { printMetrics } from './scrape.ts'

const OWN_ID = /^job-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const REQUEST = { requestId: 'click-0001', actor: { kind: 'system' } } as const

let lines: Record<string, unknown>[] = []
beforeEach(() => {
  lines = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
})
afterEach(() => configureLogging(undefined))

test('background work has a request id of its own each time, and the system as its actor', () => {
  const contexts = [runInBackground(getContext), runInBackground(getContext)]
  expect(contexts).toEqual([
    { requestId: expect.stringMatching(OWN_ID), actor: { kind: 'system' } },
    { requestId: expect.stringMatching(OWN_ID), actor: { kind: 'system' } },
  ])
  expect(contexts[0]?.requestId).not.toBe(contexts[1]?.requestId)
})

test('background work that is started inside a request is not of that request, and the request goes on', async () => {
  await runInContext(REQUEST, async () => {
    const inside = await runInBackground(async () => getContext().requestId)
    expect(inside).toMatch(OWN_ID)
    expect(findContext()?.requestId).toBe(REQUEST.requestId)
  })
})

test('a collector works under an id of its own, each time another, whoever started it', async () => {
  const ids: string[] = []
  const collector = runInContext(REQUEST, () =>
    startCollector(
      {
        name: 'database',
        gauges: [],
        read: async () => {
          ids.push(getContext().requestId)
          return []
        },
      },
      { refreshEveryMs: 10 },
    ),
  )
  await vi.waitUntil(() => ids.length >= 2)
  collector.stop()
  expect(ids.filter((id) => !OWN_ID.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})

test('a scrape that meets a broken metric says so under an id of its own', async () => {
  exposeMetrics('api')
  const broken = vi.spyOn(registry, 'getSingleMetricAsString').mockImplementation(() => {
    throw new Error('broken')
  })
  await runInContext(REQUEST, () => printMetrics())
  broken.mockRestore()
  expect(lines.length).toBeGreaterThan(0)
  expect(new Set(lines.map((line) => line['request_id']))).toEqual(new Set([expect.stringMatching(OWN_ID)]))
})
