import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runAs } from '../../test/support/database.ts'
import { type LogTables, openLogTables } from '../../test/support/log-tables.ts'
import { makePublishingFolders, type PublishingFolders } from '../../test/support/publishing.ts'
import { leavesOf } from '../../test/support/reference-tree.ts'
import { collectNow } from '../observability/collector.ts'
import { configureLogging } from '../observability/log.ts'
import { exposeMetrics, registry } from '../observability/metrics.ts'
import { readCheckpointGauges } from './publish-metrics.ts'
import { type Publisher, startPublisher } from './publisher.ts'
import { COSIGNATURE_V1, formatVkey, generateSkey, parseSkey } from './tlog/note-key.ts'

const leaves = leavesOf(100)
const WITNESS = {
  url: 'http://127.0.0.1:9',
  vkey: formatVkey(parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))),
}

describe('the publisher of a worker', () => {
  let tables: LogTables
  let folders: PublishingFolders
  let publisher: Publisher
  let lines: Record<string, unknown>[]

  beforeAll(() => exposeMetrics('worker'))
  beforeEach(async () => {
    lines = []
    const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
    configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
    tables = await openLogTables()
    folders = makePublishingFolders()
    publisher = startPublisher({
      url: tables.database.integratorUrl,
      applicationName: 'paraph-test',
      log: folders.log(),
      keysDirectory: folders.keysDirectory,
      tlogDirectory: folders.tlogDirectory,
      witnesses: [WITNESS],
    })
  })
  afterEach(async () => {
    await publisher?.stop()
    await tables?.close()
    folders?.remove()
    configureLogging(undefined)
  })

  const publications = () => runAs(tables.database.ownerUrl, 'select 1 from audit_checkpoint')
  const of = (event: string) => lines.filter((line) => line['event'] === event)
  async function metric(name: string): Promise<readonly { labels: object; value: number }[]> {
    collectNow()
    const families = await registry.getMetricsAsJSON()
    return families.find((family) => family.name === name)?.values ?? []
  }

  it('publishes what grew meanwhile together, half a second later, and never forgets the last', async () => {
    await tables.grow(leaves.slice(0, 10))
    await publisher.publishNow()
    const beganAt = performance.now()
    const calls: Promise<void>[] = []
    for (let size = 10; size < 20; size += 1) {
      await tables.grow(leaves.slice(size, size + 1))
      calls.push(publisher.publishNow())
    }
    await Promise.all(calls)
    expect(folders.checkpoint()).toContain('\n20\n')
    const turns = (await publications()).length - 1
    expect(turns).toBeGreaterThan(0)
    expect(turns).toBeLessThanOrEqual(Math.ceil((performance.now() - beganAt) / 500))
  })

  it('publishes when it is stopped what it was still asked for, and then no more', async () => {
    await tables.grow(leaves.slice(0, 10))
    await publisher.publishNow()
    await tables.grow(leaves.slice(10, 20))
    void publisher.publishNow()
    await publisher.stop()
    expect(folders.checkpoint()).toContain('\n20\n')
    await publisher.publishNow()
    expect(await publications()).toHaveLength(2)
  })

  it('says once, as critical, that it will not sign, and counts each time', async () => {
    const refused = async () =>
      (await metric('audit_signing_refused_total')).find(
        ({ labels }) => 'reason' in labels && labels.reason === 'smaller',
      )?.value
    expect(await refused()).toBe(0)
    await tables.grow(leaves.slice(0, 10))
    await publisher.publishNow()
    await tables.tamper(`update audit_tree set size = 9`)
    await publisher.publishNow()
    void publisher.publishNow()
    await publisher.stop()
    expect(of('audit.signing-refused')).toMatchObject([
      { level: 'CRITICAL', 'audit.refusal': 'smaller', 'tree.size': 9, 'tree.signed_size': 10 },
    ])
    expect(await refused()).toBe(2)
  })

  it('tries again after a failure, which it tells', async () => {
    mkdirSync(dirname(folders.tlogDirectory))
    writeFileSync(folders.tlogDirectory, '')
    await tables.grow(leaves.slice(0, 10))
    await publisher.publishNow()
    expect(of('audit.publish-failed')).toMatchObject([{ level: 'ERROR', 'error.code': 'enotdir' }])
    rmSync(folders.tlogDirectory)
    void publisher.publishNow()
    await publisher.stop()
    expect(folders.checkpoint()).toContain('\n10\n')
  })

  it('shows how far behind a witness is, and how old the last checkpoint is', async () => {
    expect(await metric('audit_witness_lag')).toEqual([])
    expect(await readCheckpointGauges(tables.database.db)).toEqual([])
    await tables.grow(leaves.slice(0, 10))
    await publisher.publishNow()
    expect(await metric('audit_witness_lag')).toMatchObject([{ labels: { witness: '0' }, value: 10 }])
    const [age] = await readCheckpointGauges(tables.database.db)
    expect(age?.value).toBeGreaterThanOrEqual(0)
    expect(age?.value).toBeLessThan(30)
    await publisher.stop()
    expect(await metric('audit_witness_lag')).toEqual([])
  })
})
