import { sql } from 'kysely'
import { DatabaseError, escapeLiteral } from 'pg'
import type { Id } from '../observability/id.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import { type Database, send, type Tx } from '../platform/database.ts'
import type { Leaf, StreamPosition } from './leaf.ts'
import { type Projection, projectLeaf } from './projection.ts'

/** How long the audit log may wait for a lock before the event takes another way; also in `append_audit_event`. */
const LOCK_TIMEOUT_MS = 200

/**
 * Failures that are the whole transaction's and not the audit log's alone: serialization and deadlock, a connection or
 * a server that goes away, an aborted transaction, a full disk.
 */
const NOT_OURS_ALONE = /^(40|08|57P0|25P02|53100)/

/** Whether an error is a failure of the audit write alone, which must not block the work it tells of (R1.4). */
export function isAuditFailure(error: unknown): error is Error {
  return error instanceof DatabaseError && !NOT_OURS_ALONE.test(error.code ?? '')
}

/**
 * Runs statements between two savepoints in one round trip. When they fail by themselves the transaction is as it was
 * and the failure is returned; `onFailure` is called before that is so. Throws what is not the audit log's alone.
 */
export async function tryAside(
  tx: Tx,
  statements: readonly string[],
  onFailure: () => void,
): Promise<Error | undefined> {
  const guarded = ['savepoint audit', ...statements, 'release savepoint audit']
  try {
    await send(tx, guarded)
    return undefined
  } catch (error) {
    if (!isAuditFailure(error)) throw error
    onFailure()
    await send(tx, ['rollback to savepoint audit', 'release savepoint audit'])
    return error as Error
  }
}

/** An event as it is stored. `isLate`: it comes from the spool. */
export type StoredEvent = {
  readonly leaf: Buffer
  readonly mac: Buffer
  readonly decoded: Leaf
  readonly isLate?: boolean
}

/** A sealed member, encrypted under the key `keyRef` of its stream. */
export type StoredMember = { readonly field: string; readonly sealed: Buffer }

/** The key that the members of an event lie under; `wrapped` when the stream has none yet. */
export type StoredKey = { readonly keyRef: Id; readonly wrapped: Buffer | undefined }

/** Stores an event, its sealed members and its place in the queue of the tree. */
export function appendStatements(
  { leaf, mac, decoded, isLate = false }: StoredEvent,
  members: readonly StoredMember[],
  key: StoredKey | undefined,
): readonly string[] {
  const row = projectLeaf(decoded)
  const own = members.length > 0 ? key : undefined
  const values = [
    ...PROJECTED.map((name) => literal(row[name])),
    bytes(leaf),
    bytes(mac),
    String(isLate),
    literal(own?.keyRef ?? null),
    own?.wrapped ? bytes(own.wrapped) : 'null',
    `array[${members.map(({ field }) => escapeLiteral(field)).join()}]::text[]`,
    `array[${members.map(({ sealed }) => bytes(sealed)).join()}]::bytea[]`,
  ]
  return [`select append_audit_event(${values.join(', ')})`]
}

/** Stores the same bytes where hardly anything can refuse them. `sealed`: members with their own key (`spool.ts`). */
export function spoolStatements(event: StoredEvent, sealed: Buffer | undefined): readonly string[] {
  const payload = sealed === undefined ? 'null' : bytes(sealed)
  return [
    `set local lock_timeout = ${LOCK_TIMEOUT_MS}`,
    `insert into audit_spool (leaf, mac, sealed) values (${bytes(event.leaf)}, ${bytes(event.mac)}, ${payload})`,
    'set local lock_timeout to default',
  ]
}

/** The columns of an event in the order in which `append_audit_event` takes them. */
const PROJECTED = [
  'stream_kind',
  'stream_ref',
  'seq',
  'action',
  'actor_kind',
  'actor_ref',
  'exam_ref',
  'request_id',
  'occurred_at',
  'metadata',
] as const satisfies readonly (keyof Projection)[]

function literal(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  return escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value))
}

const bytes = (value: Buffer) => `'\\x${value.toString('hex')}'::bytea`

/** Takes the next place of the stream of the installation itself. */
export async function takeSystemPosition(tx: Tx): Promise<StreamPosition> {
  const { rows } = await sql<{ ref: Id; seq: number }>`
    update audit_system_stream set event_seq = event_seq + 1
    returning stream_ref as ref, event_seq as seq`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('the system stream is missing')
  return { kind: 'system', ...row }
}

export type StreamKeyRow = { readonly streamRef: Id; readonly keyRef: Id; readonly wrapped: Buffer }

/**
 * The wrapped key of a stream, read aside; undefined when there is none yet, `erased` when there is none any more, an
 * error when that could not be read.
 */
export async function findStreamKeyAside(
  tx: Tx,
  streamRef: Id,
): Promise<StreamKeyRow | 'erased' | Error | undefined> {
  try {
    await send(tx, ['savepoint audit', `set local lock_timeout = ${LOCK_TIMEOUT_MS}`])
    const [row] = await listStreamKeys(tx, [streamRef])
    const isGone = row === undefined && (await isErased(tx, streamRef))
    await send(tx, ['set local lock_timeout to default', 'release savepoint audit'])
    return isGone ? 'erased' : row
  } catch (error) {
    if (!isAuditFailure(error)) throw error
    await send(tx, ['rollback to savepoint audit', 'release savepoint audit'])
    return error as Error
  }
}

export async function listStreamKeys(db: Database, streamRefs: readonly Id[]): Promise<StreamKeyRow[]> {
  const { rows } = await sql<Omit<StreamKeyRow, 'wrapped'> & { wrapped: Sensitive<Buffer> }>`
    select stream_ref as "streamRef", key_ref as "keyRef", wrapped
      from audit_stream_key where stream_ref = any(${streamRefs})`.execute(db)
  return rows.map((row) => ({ ...row, wrapped: reveal(row.wrapped, 'unseal') }))
}

/** Whether the person of a stream was erased: nothing sealed is kept for it any more. */
export async function isErased(db: Database, streamRef: Id): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_event where stream_ref = ${streamRef} and action = 'ERASE' limit 1`.execute(db)
  return rows.length > 0
}
