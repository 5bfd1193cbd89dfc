import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAppendEvent } from '../../src/audit/append.ts'
import { drainSpool } from '../../src/audit/drain-spool.ts'
import { integrateBatch } from '../../src/audit/integrate.ts'
import { recordGaps } from '../../src/audit/record-gaps.ts'
import { runInBackground } from '../../src/observability/background.ts'
import { FAULT_POINTS, type FaultPoint } from '../../src/platform/fault-points.ts'
import { loadKeys } from '../../src/platform/keys.ts'
import { type Faults, openAuditStreams } from '../support/audit-streams.ts'

const REFUSED: Faults = { audit_event: '42501' }
const LOST: Faults = { audit_event: '42501', audit_spool: '42501' }

/** What a process does until it is killed at a point. */
type Deed = { readonly append: Faults; readonly events?: number } | 'integrate' | 'drain' | 'record'
const DEEDS: Readonly<Record<string, Deed>> = {
  'audit.appending': { append: {} },
  'audit.appended': { append: {} },
  // Of several events that were refused together, each is tried by itself.
  'audit.unappended': { append: REFUSED, events: 2 },
  'audit.refused': { append: REFUSED },
  'audit.unspooled': { append: LOST },
  'audit.lost': { append: LOST },
  'audit.taken': 'integrate',
  'audit.indexed': 'integrate',
  'audit.grown': 'integrate',
  'audit.integrated': 'integrate',
  'audit.unspooling': 'drain',
  'audit.gap': 'record',
}
const POINTS = FAULT_POINTS.filter((point) => point.startsWith('audit.'))

describe('a process that is killed while it writes the log of events', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-kills-'))
  const keys = loadKeys(folder)
  let streams: Awaited<ReturnType<typeof openAuditStreams>>
  beforeAll(async () => {
    streams = await openAuditStreams(2, keys)
  })
  afterAll(async () => {
    await streams?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Does the deed in a process of its own, which kills itself at the point. */
  function dieAt(point: FaultPoint, deed: Deed): NodeJS.Signals | null {
    const source = (path: string) => JSON.stringify(resolve(import.meta.dirname, '../..', path))
    const program = `
      import { sql } from ${JSON.stringify(import.meta.resolve('kysely'))}
      import { createAppendEvent } from ${source('src/audit/append.ts')}
      import { drainSpool } from ${source('src/audit/drain-spool.ts')}
      import { integrateBatch } from ${source('src/audit/integrate.ts')}
      import { recordGaps } from ${source('src/audit/record-gaps.ts')}
      import { runInBackground } from ${source('src/observability/background.ts')}
      import { Sensitive } from ${source('src/observability/sensitive.ts')}
      import { inTransaction, openDatabase } from ${source('src/platform/database.ts')}
      import { armFaultPoints } from ${source('src/platform/fault-points.ts')}
      import { loadKeys } from ${source('src/platform/keys.ts')}
      const deed = ${JSON.stringify(deed)}
      const keys = loadKeys(${JSON.stringify(folder)})
      const db = openDatabase(${JSON.stringify(streams.database.url)}, { applicationName: 'paraph-test' })
      const integrator = openDatabase(${JSON.stringify(streams.database.integratorUrl)}, { applicationName: 'paraph-test' })
      const appendEvent = createAppendEvent({ keys })
      armFaultPoints((point) => { if (point === ${JSON.stringify(point)}) process.kill(process.pid, 'SIGKILL') })
      await runInBackground(async () => {
        if (deed === 'integrate') return integrateBatch({ db: integrator, keys })
        if (deed === 'drain') return drainSpool({ db: integrator, keys })
        if (deed === 'record') return recordGaps({ db, appendEvent })
        await inTransaction(db, async (tx) => {
          const events = deed.events ?? 1
          const { rows } = await sql\`update exam set event_seq = event_seq + \${events} where stream_ref = \${${JSON.stringify(streams.refs[0])}} returning event_seq as seq\`.execute(tx)
          for (const [step, state] of Object.entries(deed.append)) await sql\`select set_config(\${'fault.' + step}, \${state}, true)\`.execute(tx)
          for (let seq = rows[0].seq - events + 1; seq <= rows[0].seq; seq += 1) {
            const stream = { kind: 'exam', ref: ${JSON.stringify(streams.refs[0])}, seq }
            await appendEvent(tx, { action: 'IMPORT', stream, metadata: { success: true, pages: 1, filename: new Sensitive('scan.pdf') } })
          }
        })
      })`
    return spawnSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }).signal
  }

  async function settle(): Promise<void> {
    const appendEvent = createAppendEvent({ keys })
    await runInBackground(async () => {
      await drainSpool({ db: streams.integrator, keys })
      await recordGaps({ db: streams.database.db, appendEvent })
      while ((await integrateBatch({ db: streams.integrator, keys })).taken > 0);
    })
  }

  it('has a deed for every point', () => {
    expect(POINTS.toSorted()).toEqual(Object.keys(DEEDS).toSorted())
  })

  it.each(POINTS)('loses nothing and does nothing twice at %s', async (point) => {
    const [, other] = streams.refs
    // Something to integrate, something to move, something that is lost.
    for (const faults of [{}, REFUSED, LOST])
      await streams.append(other ?? expect.fail('no stream'), { faults })
    const before = await streams.balance()
    expect(dieAt(point, DEEDS[point] ?? expect.fail('no deed'))).toBe('SIGKILL')
    // What was not committed never was: neither the work nor its event.
    expect((await streams.balance()).map(({ places }) => places)).toEqual(before.map(({ places }) => places))
    await settle()
    for (const row of await streams.balance())
      expect(row).toMatchObject({ places: row.events + row.gaps, spooled: 0 })
    const [tree] = await streams.query(
      `select (select count(*) from audit_event)::int as events, (select size from audit_tree)::int as size,
              (select count(distinct event_id) from audit_leaf)::int as leaves,
              (select count(*) from audit_leaf where quarantine is not null)::int as quarantined`,
    )
    expect(tree).toEqual({
      events: tree?.['events'],
      size: tree?.['events'],
      leaves: tree?.['events'],
      quarantined: 0,
    })
  })
})
