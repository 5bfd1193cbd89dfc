import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts'
import { type EventsQuery, eventsQuery } from './contract.ts'
import { chooseEvents } from './query-store.ts'

const EVENTS = 100_000
const idOf = (kind: 'c' | 'a' | 'e', number: number) =>
  `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`
const idInSql = (kind: 'c' | 'a' | 'e', number: string) =>
  `('${kind}0000000-0000-4000-8000-' || lpad((${number})::text, 12, '0'))::uuid`

/** Three months of five exams: 2,000 copies, 40 actors, three events in a request, one failure in fifty. */
const FILL = `
  insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, actor_ref, exam_ref, request_id,
                           occurred_at, metadata, leaf, mac)
  select 'copy', ${idInSql('c', 'i % 2000')}, i / 2000 + 1,
         (array['LOCK', 'SCORE', 'SCORE', 'CREATE_ANN', 'FINALIZE'])[1 + i % 5], 'user', ${idInSql('a', 'i % 40')},
         ${idInSql('e', 'i % 7')}, 'request-' || i / 3, timestamptz '2026-03-01' + make_interval(secs => i * 80),
         case when i % 50 = 4 then '{"success": false}' else '{}' end::jsonb, '', decode(repeat('00', 36), 'hex')
    from generate_series(1, ${EVENTS}) as i`

type Plan = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: Plan[] }

describe('asking 100,000 events', () => {
  let database: TestDatabase
  let client: pg.Client
  beforeAll(async () => {
    database = await createTestDatabase()
    client = new pg.Client({ connectionString: database.ownerUrl })
    await client.connect()
    await client.query(FILL)
    await client.query('vacuum analyze audit_event')
  })
  afterAll(async () => {
    await client?.end()
    await database?.drop()
  })

  /** What the plan of a question reads, and the events that it gives. */
  async function ask(query: EventsQuery) {
    const { sql, parameters } = chooseEvents(query).rows.compile(database.db)
    const explained = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (format json) ${sql}`, [
      ...parameters,
    ])
    const { Plan: plan } = explained.rows[0]?.['QUERY PLAN'][0] ?? expect.fail()
    const { rows } = await client.query<{ id: string }>(sql, [...parameters])
    return { scans: scansOf(plan), ids: rows.map(({ id }) => id) }
  }
  const scansOf = (plan: Plan): string[] => [
    `${plan['Node Type']} ${plan['Index Name'] ?? plan['Relation Name'] ?? ''}`,
    ...(plan.Plans ?? []).flatMap(scansOf),
  ]

  const YEAR = { from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' }
  const DAY = { from: '2026-05-01T00:00:00Z', to: '2026-05-02T00:00:00Z' }
  const EXAM = { exam: idOf('e', 1) }

  it.each<[string, object, string]>([
    ['a stream', { stream: idOf('c', 7) }, 'audit_event_stream_ref_seq_key'],
    ['what failed in a stream', { stream: idOf('c', 4), failures: 'true' }, 'audit_event_stream_ref_seq_key'],
    ['a request', { request: 'request-77' }, 'audit_event_request'],
    ['an actor in a year', { actor: idOf('a', 7), ...YEAR }, 'audit_event_actor'],
    ['an exam in a year', { ...EXAM, ...YEAR }, 'audit_event_exam'],
    ['one action of an exam', { ...EXAM, action: 'SCORE', ...YEAR }, 'audit_event_exam'],
    ['an exam in a day', { ...EXAM, ...DAY }, 'audit_event_exam'],
    ['a year', YEAR, 'audit_event_time'],
    ['a day', DAY, 'audit_event_time'],
    ['two actions in a year', { action: ['LOCK', 'FINALIZE'], ...YEAR }, 'audit_event_time'],
    ['what failed in a year', { failures: 'true', ...YEAR }, 'audit_event_failure'],
  ])(
    'for %s reads an index and never the table, on the first page and behind a cursor',
    async (_, asked, index) => {
      const first = await ask(eventsQuery.parse(asked))
      expect(first.ids.length).toBeGreaterThan(1)
      const middle = Math.floor(first.ids.length / 2) - 1
      const later = await ask(eventsQuery.parse({ ...asked, after: first.ids[middle] }))
      for (const { scans } of [first, later]) {
        expect(scans.join('\n')).toMatch(new RegExp(`Index (Only )?Scan ${index}|Bitmap Index Scan ${index}`))
        expect(scans.join('\n')).not.toContain('Seq Scan')
      }
      const rest = first.ids.slice(middle + 1)
      expect(later.ids.slice(0, rest.length)).toEqual(rest)
    },
  )
})
