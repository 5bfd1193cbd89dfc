import { sql } from 'kysely'
import { ACTIONS, type Action } from '../../src/audit/actions.ts'
import type { JcsValue } from '../../src/audit/jcs.ts'
import { decodeLeaf, encodeLeaf, macLeaf } from '../../src/audit/leaf.ts'
import { projectLeaf } from '../../src/audit/projection.ts'
import { commitTo, type DataKey, newDataKey, sealOpening } from '../../src/audit/sealed.ts'
import type { Id } from '../../src/observability/id.ts'
import { inTransaction, type Tx } from '../../src/platform/database.ts'
import { newId } from '../../src/platform/ids.ts'
import { type BenchCopy, type BenchExam, makeCopies } from './copies.ts'
import type { Installation } from './installation.ts'

// Events as the product writes them (the same leaves, MACs, commitments, sealed members and stream keys, made by the
// same functions), but inserted by the thousand: a million transactions would take longer than what is measured.

type Said = { readonly clear: Record<string, JcsValue>; readonly sealed?: Record<string, JcsValue> }

const digest = '0'.repeat(64)
const annotation = (): Said => ({ clear: { annotation_id: newId(), page: 1, kind: 'comment' } })
const score = (): Said => ({ clear: { item_ref: newId(), version: 1 }, sealed: { points: 150 } })

/** What happens to a copy: twenty events, of which six have sealed members, eight in all. */
const LIFE: readonly (readonly [Action, () => Said])[] = [
  [
    'IMPORT',
    () => ({
      clear: { success: true, pages: 4 },
      sealed: { filename: 'scan.pdf', original_sha256: digest },
    }),
  ],
  ['VALIDATE', () => ({ clear: { pages: 4 } })],
  ['LOCK', () => ({ clear: { expires_in_seconds: 1_800 } })],
  ...Array.from({ length: 10 }, () => ['CREATE_ANN', annotation] as const),
  ...Array.from({ length: 4 }, () => ['SCORE', score] as const),
  ['FINALIZE_REQUEST', () => ({ clear: { cause: 'first', version: 1 } })],
  [
    'FINALIZE',
    () => ({
      clear: { success: true, retries: 0, version: 1 },
      sealed: { final_score: 1_200, marked_sha256: digest },
    }),
  ],
  ['EXPORT', () => ({ clear: { format: 'marked-pdf', copies: 1 } })],
]
export const LIFE_EVENTS = LIFE.length

/** Annotations for the most part, as on a copy that took long. */
function sayingAt(seq: number, isLong: boolean): readonly [Action, () => Said] {
  const found = isLong && seq > 3 ? (['CREATE_ANN', annotation] as const) : LIFE[seq - 1]
  if (!found) throw new Error('no event of this number')
  return found
}

type Place = { readonly copy: BenchCopy; readonly seq: number; readonly isLong: boolean }

/** The events of a long stream. */
export const LONG_EVENTS = 500
const AT_ONCE = 2_000
/** Copies that are worked on at the same time, so that the events of one do not lie side by side. */
const SIDE_BY_SIDE = 40

/** Queues the events of `lives` copies, and of `long` copies with 500 events each, which it returns. */
export async function makeBacklog(
  installation: Installation,
  exam: BenchExam,
  { lives, long }: { lives: number; long: number },
): Promise<readonly BenchCopy[]> {
  const ordinary = await makeCopies(installation, exam, { copies: lives, events: LIFE_EVENTS })
  const longOnes = await makeCopies(installation, exam, { copies: long, events: LONG_EVENTS })
  const maker = createMaker(installation, exam)
  const total = lives * LIFE_EVENTS + long * LONG_EVENTS
  let made = 0
  for (const places of chunksOf(interleave(ordinary, longOnes), AT_ONCE)) {
    await maker.append(places)
    made += places.length
    if (made % 100_000 < AT_ONCE) process.stderr.write(`  ${made} of ${total} events queued\n`)
  }
  await installation.administer('vacuum (analyze)')
  await installation.administer('checkpoint')
  return longOnes
}

/** The long streams' events one by one among those of the others, so that no two of them lie side by side. */
function* interleave(ordinary: readonly BenchCopy[], long: readonly BenchCopy[]): Generator<Place> {
  const longPlaces = inTurns(long, LONG_EVENTS, true)
  const every = Math.max(1, Math.floor((ordinary.length * LIFE_EVENTS) / (long.length * LONG_EVENTS)))
  let before = 0
  for (let first = 0; first < ordinary.length; first += SIDE_BY_SIDE) {
    for (const place of inTurns(ordinary.slice(first, first + SIDE_BY_SIDE), LIFE_EVENTS, false)) {
      yield place
      before += 1
      const next = before % every === 0 ? longPlaces.next() : undefined
      if (next && !next.done) yield next.value
    }
  }
  yield* longPlaces
}

function* inTurns(
  copies: readonly BenchCopy[],
  events: number,
  isLong: boolean,
): Generator<Place, undefined> {
  for (let seq = 1; seq <= events; seq += 1) {
    for (const copy of copies) yield { copy, seq, isLong }
  }
}

function* chunksOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = []
  for (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function createMaker({ app, keys }: Installation, exam: BenchExam) {
  const dataKeys = new Map<Id, DataKey>()
  const actor = { kind: 'user', ref: exam.actorRef } as const

  function make({ copy, seq, isLong }: Place) {
    const [action, say] = sayingAt(seq, isLong)
    const { clear, sealed = {} } = say()
    const stream = { kind: 'copy', ref: copy.streamRef, seq } as const
    const members = Object.entries(sealed).map(([field, value]) => commitTo(field, value))
    const leaf = encodeLeaf({
      action,
      actionVersion: ACTIONS[action].version,
      stream,
      actor,
      examRef: exam.ref,
      requestId: newId(),
      occurredAt: new Date(),
      metadata: clear,
      sealed: Object.fromEntries(members.map(({ field, commitment }) => [field, commitment])),
    })
    const key = dataKeys.get(copy.streamRef) ?? newDataKey(keys.master, copy.streamRef)
    if (seq === 1) dataKeys.set(copy.streamRef, key)
    if (seq === LIFE_EVENTS) dataKeys.delete(copy.streamRef)
    return {
      event: {
        ...projectLeaf(decodeLeaf(leaf)),
        leaf: leaf.toString('hex'),
        mac: macLeaf(keys.mac, leaf).toString('hex'),
      },
      keys:
        seq === 1
          ? [{ stream_ref: copy.streamRef, wrapped: key.wrapped.toString('hex'), key_ref: key.keyRef }]
          : [],
      sealed: members.map((member) => ({
        stream_ref: copy.streamRef,
        seq,
        field: member.field,
        sealed: sealOpening(key.key, stream, member).toString('hex'),
      })),
    }
  }

  return {
    append: (places: readonly Place[]): Promise<void> => {
      const made = places.map(make)
      return inTransaction(app, async (tx) => {
        await insertEvents(
          tx,
          made.map(({ event }) => event),
        )
        await insertKeys(
          tx,
          made.flatMap((one) => one.keys),
        )
        await insertSealed(
          tx,
          made.flatMap(({ sealed }) => sealed),
        )
      })
    },
  }
}

async function insertEvents(tx: Tx, events: readonly object[]): Promise<void> {
  await sql`
    with event as (
      insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, actor_ref, exam_ref, request_id,
                               occurred_at, metadata, leaf, mac)
      select stream_kind, stream_ref, seq, action, actor_kind, actor_ref, exam_ref, request_id, occurred_at, metadata,
             decode(leaf, 'hex'), decode(mac, 'hex')
        from json_to_recordset(${JSON.stringify(events)}) as e (
               stream_kind text, stream_ref uuid, seq integer, action text, actor_kind text, actor_ref uuid,
               exam_ref uuid, request_id text, occurred_at timestamptz, metadata jsonb, leaf text, mac text)
      returning id)
    insert into audit_pending select id from event`.execute(tx)
}

async function insertKeys(tx: Tx, keys: readonly object[]): Promise<void> {
  await sql`
    insert into audit_stream_key (stream_ref, key_ref, wrapped)
    select stream_ref, key_ref, decode(wrapped, 'hex')
      from json_to_recordset(${JSON.stringify(keys)}) as k (stream_ref uuid, key_ref uuid, wrapped text)`.execute(
    tx,
  )
}

async function insertSealed(tx: Tx, members: readonly object[]): Promise<void> {
  await sql`
    insert into audit_sealed (stream_ref, seq, field, sealed)
    select stream_ref, seq, field, decode(sealed, 'hex')
      from json_to_recordset(${JSON.stringify(members)}) as s (stream_ref uuid, seq integer, field text, sealed text)`.execute(
    tx,
  )
}
