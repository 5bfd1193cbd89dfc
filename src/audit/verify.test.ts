import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Undone } from '../../test/support/audit-streams.ts'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { rebuildFromTiles } from './tlog/rebuild.ts'

describe('verifying a log that nobody has touched', () => {
  let log: PublishedLog
  beforeAll(async () => {
    log = await openPublishedLog(3)
  })
  afterAll(() => log?.close())

  it('finds nothing wrong before there is anything', async () => {
    expect(await log.verify()).toMatchObject({ size: 0, findings: [], skipped: [] })
  })

  it('finds nothing wrong in a published log, with events that wait', async () => {
    await log.grow(300)
    await log.append(4)
    const report = await log.verify()
    expect(report).toMatchObject({
      size: 300,
      waiting: 4,
      streams: 3,
      sealedOpened: 61,
      checkpoints: 1,
      published: { size: 300, cosignatures: 0 },
      findings: [],
      findingCount: 0,
      skipped: [],
    })
    const rebuilt = await rebuildFromTiles(log.files.readTile, 300)
    expect(report.root).toBe(rebuilt.toString('base64'))
  })

  it('tells how far it is', async () => {
    const told: (readonly [number, number])[] = []
    await log.verify({ onProgress: (leaves, of) => told.push([leaves, of]) })
    expect(told).toEqual([[300, 300]])
  })

  it('finds nothing wrong in events that came late, and in those that were lost and are said to be', async () => {
    const [ref] = log.refs
    await log.appendTo(ref ?? expect.fail(), { faults: { audit_event: '42501' }, isSealed: true })
    await log.appendTo(ref ?? expect.fail(), { faults: { audit_event: '42501', audit_spool: '42501' } })
    await log.append(6)
    expect(await log.verify()).toMatchObject({ spooled: 1, findings: [{ code: 'event-lost', seq: 104 }] })
    await log.integrate()
    await log.repair()
    await log.integrate()
    expect(await log.verify()).toMatchObject({ size: 312, spooled: 0, gaps: 1, streams: 4, findings: [] })
  })
})

describe('verifying a log in use', () => {
  let log: PublishedLog
  beforeAll(async () => {
    log = await openPublishedLog(8)
  })
  afterAll(() => log?.close())

  it('finds nothing wrong, whatever is under way', async () => {
    let isOver = false
    const untilOver = async (work: () => Promise<unknown>) => {
      while (!isOver) await work()
    }
    const one = () => log.refs[Math.floor(Math.random() * log.refs.length)] ?? expect.fail('no stream')
    const write = () =>
      log
        .appendTo(one(), {
          isSealed: Math.random() < 0.3,
          isUndone: Math.random() < 0.1,
          faults: Math.random() < 0.1 ? { audit_event: '42501' } : {},
        })
        .catch((error: unknown) => {
          if (!(error instanceof Undone)) throw error
        })
    const users = [write, write, write, log.integrate, log.publish, log.repair].map(untilOver)
    const reports: Awaited<ReturnType<typeof log.verify>>[] = []
    const hasGrown = () => (reports.at(-1)?.size ?? 0) > (reports.at(0)?.size ?? 0) + 20
    while (reports.length < 12 || !hasGrown()) reports.push(await log.verify())
    isOver = true
    await Promise.all(users)
    reports.push(await log.verify())
    expect(reports.flatMap(({ findings }) => findings)).toEqual([])
    expect(reports.some(({ waiting }) => waiting > 0)).toBe(true)
    expect(reports.at(-1)?.published?.size).toBeGreaterThan(0)
  })
})
