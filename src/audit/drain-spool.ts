import { log } from '../observability/log.ts'
import { reveal } from '../observability/sensitive.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Keys } from '../platform/keys.ts'
import { appendStatements, isAuditFailure, tryAside } from './append-store.ts'
import { decodeLeaf, type StreamPosition } from './leaf.ts'
import { deleteSpooled, holdSpool, isStored, listSpooled, type SpoolRow } from './repair-store.ts'
import { sealOpening } from './sealed.ts'
import { unpackMembers } from './spool.ts'
import { createStreamKeys, type StreamKeys } from './stream-keys.ts'

const BATCH = 500

/** Events moved to the table, and those that could not be, which stay where they are. */
export type Drained = { readonly moved: number; readonly stuck: number }

/**
 * Moves what was spooled to its place in the table, marked as late. An event that cannot be moved stays in the spool,
 * is logged as CRITICAL and keeps no other from going. `db`: as the integrator's login.
 */
export async function drainSpool(deps: {
  readonly db: Database
  readonly keys: Pick<Keys, 'master'>
}): Promise<Drained> {
  const streamKeys = createStreamKeys(deps.keys.master)
  const total = { moved: 0, stuck: 0 }
  for (let after: string | undefined = '0'; after !== undefined; ) {
    const last: string = after
    const page = await inTransaction(deps.db, async (tx) => {
      await holdSpool(tx)
      const rows = await listSpooled(tx, last, BATCH)
      const moved: string[] = []
      for (const row of rows) if (await moveEvent(deps.keys, streamKeys, tx, row)) moved.push(row.id)
      faultPoint('audit.unspooling')
      if (moved.length > 0) await deleteSpooled(tx, moved)
      return { rows: rows.length, moved: moved.length, last: rows.at(-1)?.id }
    })
    total.moved += page.moved
    total.stuck += page.rows - page.moved
    after = page.rows === BATCH ? page.last : undefined
  }
  if (total.moved > 0) log.audit.warning('audit.unspooled', { 'audit.events': total.moved })
  return total
}

async function moveEvent(
  keys: Pick<Keys, 'master'>,
  streamKeys: StreamKeys,
  tx: Tx,
  row: SpoolRow,
): Promise<boolean> {
  try {
    const decoded = decodeLeaf(row.leaf)
    const stream = { ...decoded.stream, seq: decoded.seq }
    const { members, key } = await resealMembers(keys, streamKeys, tx, stream, row)
    const event = { leaf: row.leaf, mac: row.mac, decoded, isLate: true }
    const failure = await tryAside(tx, appendStatements(event, members, key), () => undefined)
    if (failure && !(await isStored(tx, stream.ref, stream.seq, row.leaf))) throw failure
    return true
  } catch (error) {
    // What is not about this event alone ends the round.
    if (!(isAuditFailure(error) || error instanceof AppError || error instanceof TypeError)) throw error
    log.audit.critical('audit.spool-stuck', {}, error)
    return false
  }
}

/** The sealed members under the key of their stream; none for a stream whose person was erased meanwhile. */
async function resealMembers(
  keys: Pick<Keys, 'master'>,
  streamKeys: StreamKeys,
  tx: Tx,
  stream: StreamPosition,
  row: SpoolRow,
) {
  if (row.sealed === null) return { members: [], key: undefined }
  const key = await streamKeys.obtain(tx, stream.ref)
  if (key === 'erased') return { members: [], key: undefined }
  if (key instanceof Error) throw key
  const opened = unpackMembers(keys.master, stream, reveal(row.sealed, 'unseal'))
  const members = opened.map((member) => ({
    field: member.field,
    sealed: sealOpening(key.key, stream, member),
  }))
  return { members, key }
}
