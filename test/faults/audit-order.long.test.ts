import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeUnderLoad } from '../support/audit-load.ts'
import { openAuditStreams } from '../support/audit-streams.ts'

let streams: Awaited<ReturnType<typeof openAuditStreams>>
beforeAll(async () => {
  streams = await openAuditStreams(50)
})
afterAll(() => streams?.close())

it('24 writers on 50 streams, some of whom give up: no event is missed, doubled or out of order', async () => {
  const seen = await writeUnderLoad(streams, { writers: 24, works: 260 })
  expect(seen).toMatchObject({ missed: 0, doubled: 0, disordered: 0 })
  expect(seen.events).toBeGreaterThanOrEqual(5_000)
})
