import { sql } from 'kysely'
import { createAppendEvent } from '../../src/audit/append.ts'
import { runInContext } from '../../src/observability/context.ts'
import type { Id } from '../../src/observability/id.ts'
import { Sensitive } from '../../src/observability/sensitive.ts'
import { type Database, inTransaction, openDatabase, type Tx } from '../../src/platform/database.ts'
import { newId, newRef } from '../../src/platform/ids.ts'
import { createTestDatabase, runAs, type TestDatabase } from './database.ts'
import { makeKeys } from './keys.ts'

/** The statements of the ladder that a test can make fail, each by the table it writes. */
export const STEPS = [
  'audit_event',
  'audit_pending',
  'audit_sealed',
  'audit_stream_key',
  'audit_spool',
] as const
export type Step = (typeof STEPS)[number]
/** The SQLSTATE that a step fails with. */
export type Faults = { readonly [S in Step]?: string }

/** Failures of the audit log alone, and of the whole transaction. */
export const OURS = ['23505', '42501', '42P01', '55P03', '57014', 'XX000', '22P02', '53200', 'P0001']
export const NOT_OURS = ['40001', '40P01', '57P01', '08006', '53100']

export class Undone extends Error {}

/**
 * Streams to write to: exams, whose rows hold the counters as the product's do. Every table of the ladder has a trigger
 * that fails with what the transaction has ordered (`Faults`).
 */
export async function openAuditStreams(count: number, keys = makeKeys()) {
  const database = await createTestDatabase()
  const refs = await makeStreams(database, count)
  await runAs(database.ownerUrl, FAULTS)
  const appendEvent = createAppendEvent({ keys })
  const integrator = openDatabase(database.integratorUrl, {
    applicationName: 'paraph-test',
    maxConnections: 3,
  })

  /** One piece of work with its event: takes the stream's next place, then appends. */
  function append(
    ref: Id,
    options: {
      faults?: Faults
      isSealed?: boolean
      isUndone?: boolean
      afterTaking?: () => Promise<unknown>
    } = {},
    db: Database = database.db,
  ): Promise<void> {
    return runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      inTransaction(db, async (tx) => {
        const seq = await takePlace(tx, ref)
        await options.afterTaking?.()
        await orderFaults(tx, options.faults ?? {})
        const stream = { kind: 'exam', ref, seq } as const
        if (options.isSealed) {
          const metadata = { success: true, pages: seq, filename: new Sensitive(`scan ${seq}.pdf`) }
          await appendEvent(tx, { action: 'IMPORT', stream, metadata })
        } else {
          await appendEvent(tx, { action: 'VALIDATE', stream, metadata: { pages: seq } })
        }
        if (options.isUndone) throw new Undone()
      }),
    )
  }

  /** Of each stream, its counter beside what there is: events, `GAP`s, spooled events. */
  async function balance() {
    return runAs<{ places: number; events: number; gaps: number; spooled: number }>(
      database.ownerUrl,
      `select event_seq as places,
              (select count(*) from audit_event e where e.stream_ref = s.stream_ref)::int as events,
              (select count(*) from audit_event e where e.action = 'GAP'
                 and e.metadata->>'stream_ref' = s.stream_ref::text)::int as gaps,
              (select count(*) from audit_spool p
                where convert_from(p.leaf, 'UTF8')::jsonb #>> '{stream,ref}' = s.stream_ref::text)::int as spooled
         from (select stream_ref, event_seq from exam
               union all select stream_ref, event_seq from audit_system_stream) s
        order by s.stream_ref`,
    )
  }

  return {
    database,
    balance,
    keys,
    appendEvent,
    integrator,
    refs,
    append,
    query: <R extends object>(text: string, values: unknown[] = []) =>
      runAs<R & Record<string, unknown>>(database.ownerUrl, text, values),
    close: async () => {
      await integrator.destroy()
      await database.drop()
    },
  }
}

async function makeStreams({ ownerUrl }: TestDatabase, count: number): Promise<readonly Id[]> {
  const [account] = await runAs<{ id: string }>(
    ownerUrl,
    `insert into people.account (name, email, role) values ('Camille Exemple', 'camille@test.invalid', 'admin')
     returning id`,
  )
  const refs = Array.from({ length: count }, () => newRef())
  await runAs(
    ownerUrl,
    `insert into exam (id, title, created_by, stream_ref) select gen_random_uuid(), 'An exam', $1, unnest($2::uuid[])`,
    [account?.id, refs],
  )
  return refs
}

const FAULTS = `
  create function fail_as_ordered() returns trigger language plpgsql as $$
  declare state text := current_setting('fault.' || tg_table_name, true);
  begin
    if state <> '' then raise exception 'as ordered' using errcode = state; end if;
    return new;
  end $$;
  ${STEPS.map((step) => `create trigger fails before insert on ${step} for each row execute function fail_as_ordered()`).join(';')}`

async function takePlace(tx: Tx, ref: Id): Promise<number> {
  const { rows } = await sql<{ seq: number }>`
    update exam set event_seq = event_seq + 1 where stream_ref = ${ref} returning event_seq as seq`.execute(
    tx,
  )
  return rows[0]?.seq ?? Number.NaN
}

async function orderFaults(tx: Tx, faults: Faults): Promise<void> {
  for (const [step, state] of Object.entries(faults)) {
    await sql`select set_config(${`fault.${step}`}, ${state}, true)`.execute(tx)
  }
}
