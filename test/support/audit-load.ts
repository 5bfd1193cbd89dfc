import { expect } from 'vitest'
import { startIntegrator } from '../../src/audit/integrator.ts'
import type { Id } from '../../src/observability/id.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { type openAuditStreams, Undone } from './audit-streams.ts'

/** Writers on hot streams, with pauses before they commit, beside a running integrator. */
export async function writeUnderLoad(
  streams: Awaited<ReturnType<typeof openAuditStreams>>,
  { writers, works }: { writers: number; works: number },
) {
  const { database, refs, keys, query, append } = streams
  const integrator = startIntegrator({ url: database.integratorUrl, applicationName: 'paraph-test', keys })
  const db = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: writers })
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  async function write(): Promise<void> {
    for (let work = 0; work < works; work += 1) {
      const stream = refs[Math.floor(Math.random() * refs.length)] as Id
      const isUndone = Math.random() < 0.15
      await append(stream, { isUndone, afterTaking: () => pause(Math.random() * 6) }, db).catch((error) => {
        if (!(error instanceof Undone)) throw error
      })
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  const isBehind = async () => (await query('select 1 from audit_pending limit 1')).length > 0
  while (await isBehind()) await pause(50)
  await integrator.stop()
  await db.destroy()
  const [row] = await query<{ events: number; missed: number; doubled: number; disordered: number }>(`
    select (select count(*) from audit_event)::int as events,
           (select count(*) from audit_event e where not exists (select from audit_leaf l where l.event_id = e.id))::int as missed,
           (select count(*) - count(distinct event_id) from audit_leaf)::int as doubled,
           (select count(*) from (
              select e.seq <> row_number() over (partition by e.stream_ref order by l.leaf_index) as is_wrong
                from audit_leaf l join audit_event e on e.id = l.event_id) as placed where is_wrong)::int as disordered`)
  return row ?? expect.fail('no counts')
}
