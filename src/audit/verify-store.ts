import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import { type Database, inSnapshot, type Tx } from '../platform/database.ts'
import { INSPECTED, readTree } from './integrate-store.ts'
import { STREAMS } from './repair-store.ts'
import type {
  EarlierPage,
  EntryPage,
  EntryRow,
  HeadRow,
  LogSource,
  MemberRow,
  PlaceRow,
  WaitingPage,
} from './verify-source.ts'

const PAGE = 4_000
/** Of what there should be none of. */
const FEW = 1_000

/**
 * Runs `work` on the log as it is at one moment, so that a log in use verifies as one that rests. `db`: as the login that
 * may read the log and the counters of its streams: the application's.
 */
export async function withLogSnapshot<T>(db: Database, work: (source: LogSource) => Promise<T>): Promise<T> {
  return inSnapshot(db, (tx) => work(sourceOf(tx)))
}

function sourceOf(tx: Tx): LogSource {
  return {
    readTree: () => readTree(tx),
    earlier: () => pagesOf<EarlierPage>((last) => readEarlier(tx, last?.event_id ?? '0')),
    entries: () => pagesOf<EntryPage>((last) => readEntries(tx, last?.leaf_index ?? -1)),
    headsBeyond: (size) => listHeads(tx, size, Number.MAX_SAFE_INTEGER),
    waiting: () => pagesOf<WaitingPage>((last) => readWaiting(tx, last?.event_id ?? '0')),
    spooled: () => listSpooled(tx),
    counters: () => listCounters(tx),
    pendingGone: () => listPendingGone(tx),
    orphans: () => listOrphans(tx),
    keptOfErased: () => listKeptOfErased(tx),
  }
}

/** Page after page, the next one under way while the last one is worked on. */
async function* pagesOf<P extends { readonly rows: readonly unknown[] }>(
  read: (last: P['rows'][number] | undefined) => Promise<P>,
): AsyncGenerator<P> {
  let page = await read(undefined)
  for (let last = page.rows.at(-1); last !== undefined; last = page.rows.at(-1)) {
    const next = read(last)
    // Whoever stops reading half-way is told why by what stopped them.
    next.catch(() => undefined)
    yield page
    page = await next
  }
}

async function readEarlier(tx: Tx, afterId: string): Promise<EarlierPage> {
  const { rows } = await sql<EarlierPage['rows'][number]>`
    select id as event_id, stream_ref, seq from audit_event
     where leaf is null and id > ${afterId} order by id limit ${PAGE}`.execute(tx)
  return { rows }
}

async function readEntries(tx: Tx, afterIndex: number): Promise<EntryPage> {
  const { rows } = await sql<EntryRow>`${computedIsPlain}
    select l.leaf_index::double precision as leaf_index, l.event_id, l.leaf_hash, l.quarantine,
           e.id is null as is_gone, e.late, ${INSPECTED}
      from audit_leaf l left join audit_event e on e.id = l.event_id
     where l.leaf_index > ${afterIndex} order by l.leaf_index limit ${PAGE}`.execute(tx)
  const last = rows.at(-1)
  if (last === undefined) return { rows, members: [], heads: [] }
  const ids = rows.map((row) => row.event_id)
  // Those of no leaf at all belong to the first page.
  const sizeBefore = afterIndex < 0 ? -1 : afterIndex + 1
  return {
    rows,
    members: await listMembers(tx, ids),
    heads: await listHeads(tx, sizeBefore, last.leaf_index + 1),
  }
}

async function readWaiting(tx: Tx, afterId: string): Promise<WaitingPage> {
  const { rows } = await sql<WaitingPage['rows'][number]>`${computedIsPlain}
    select e.id as event_id, e.late, p.event_id is not null as is_pending, ${INSPECTED}
      from audit_event e left join audit_pending p on p.event_id = e.id
     where e.id > ${afterId} and e.leaf is not null
       and not exists (select from audit_leaf l where l.event_id = e.id)
     order by e.id limit ${PAGE}`.execute(tx)
  const members = await listMembers(
    tx,
    rows.map((row) => row.event_id),
  )
  return { rows, members }
}

/** What is stored of the sealed members of events. */
export async function listMembers(tx: Tx, eventIds: readonly string[]): Promise<readonly MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select s.stream_ref, s.seq, s.field, s.sealed, k.wrapped
      from audit_event e
      join audit_sealed s on s.stream_ref = e.stream_ref and s.seq = e.seq
      left join audit_stream_key k on k.stream_ref = s.stream_ref
     where e.id = any(${eventIds}::bigint[])`.execute(tx)
  return rows
}

/** Heads of more than `after` leaves and of `upTo` at most, in the order of their sizes. */
async function listHeads(tx: Tx, after: number, upTo: number): Promise<readonly HeadRow[]> {
  const { rows } = await sql<HeadRow>`${computedIsPlain}
    select 'signing' as keeper, size::double precision, root, null as note
      from audit_signing where size > ${after} and size <= ${upTo}
    union all
    select 'checkpoint', size::double precision, null, note
      from audit_checkpoint where size > ${after} and size <= ${upTo}
     order by 2, 1 desc`.execute(tx)
  return rows
}

async function listSpooled(tx: Tx) {
  const { rows } = await sql<{ id: string; leaf: Buffer; mac: Buffer }>`
    select id, leaf, mac from audit_spool order by id`.execute(tx)
  return rows
}

async function listCounters(tx: Tx) {
  const { rows } = await sql<{ stream_ref: Id; event_seq: number }>`
    select stream_ref, event_seq from (${STREAMS}) as stream`.execute(tx)
  return rows
}

async function listPendingGone(tx: Tx): Promise<readonly string[]> {
  const { rows } = await sql<{ event_id: string }>`
    select event_id from audit_pending p
     where not exists (select from audit_event e where e.id = p.event_id)
     order by event_id limit ${FEW}`.execute(tx)
  return rows.map((row) => row.event_id)
}

async function listOrphans(tx: Tx) {
  const { rows } = await sql<PlaceRow & { field: string }>`
    select s.stream_ref, s.seq, s.field from audit_sealed s
     where not exists (select from audit_event e where e.stream_ref = s.stream_ref and e.seq = s.seq)
     order by s.stream_ref, s.seq limit ${FEW}`.execute(tx)
  return rows
}

async function listKeptOfErased(tx: Tx): Promise<readonly Id[]> {
  const { rows } = await sql<{ stream_ref: Id }>`
    with erased as (select distinct stream_ref from audit_event where action = 'ERASE')
    select stream_ref from erased
     where exists (select from audit_sealed s where s.stream_ref = erased.stream_ref)
        or exists (select from audit_stream_key k where k.stream_ref = erased.stream_ref)
     order by stream_ref limit ${FEW}`.execute(tx)
  return rows.map((row) => row.stream_ref)
}
