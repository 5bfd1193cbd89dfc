import { log } from '../observability/log.ts'
import { type Database, inSnapshot, inTransaction } from '../platform/database.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { AppendEvent } from './append.ts'
import { takeSystemPosition } from './append-store.ts'
import { decodeLeaf } from './leaf.ts'
import { countGap } from './metrics.ts'
import { type Hole, holdGaps, isGapRecorded, listHoles, listSpooledLeaves } from './repair-store.ts'

/**
 * Turns every event that was lost, which shows as a hole in its stream, into evidence: a `GAP` event on the stream of
 * the installation that names stream and number. `db`: as the application's login. Returns how many it recorded. Throws
 * the database's error when nothing takes a `GAP`: then it is tried again at the next round.
 */
export async function recordGaps(deps: {
  readonly db: Database
  readonly appendEvent: AppendEvent
}): Promise<number> {
  const holes = await findHoles(deps.db)
  let recorded = 0
  for (const hole of holes) recorded += (await recordGap(deps, hole)) ? 1 : 0
  return recorded
}

/** Places that were taken and hold nothing, neither in the table nor in the spool. */
async function findHoles(db: Database): Promise<readonly Hole[]> {
  return inSnapshot(db, async (tx) => {
    const holes = await listHoles(tx)
    if (holes.length === 0) return holes
    const spooled = new Set((await listSpooledLeaves(tx)).map(placeOf))
    return holes.filter((hole) => !spooled.has(`${hole.streamRef} ${hole.seq}`))
  })
}

function placeOf(bytes: Buffer): string | undefined {
  try {
    const { stream, seq } = decodeLeaf(bytes)
    return `${stream.ref} ${seq}`
  } catch {
    // Bytes that nobody can read hold no place; the repairer of the spool reports them.
    return undefined
  }
}

async function recordGap(
  deps: { readonly db: Database; readonly appendEvent: AppendEvent },
  hole: Hole,
): Promise<boolean> {
  const isRecorded = await inTransaction(deps.db, async (tx) => {
    await holdGaps(tx)
    // Another repairer, which thought that it was alone too, has been here.
    if (await isGapRecorded(tx, hole)) return false
    const metadata = { stream_kind: hole.streamKind, stream_ref: hole.streamRef, missing_seq: hole.seq }
    const stream = await takeSystemPosition(tx)
    // Lost itself it would leave a hole of its own, and each round would find twice as many.
    const isOwnWork = true
    await deps.appendEvent(tx, { action: 'GAP', stream, actor: { kind: 'system' }, metadata, isOwnWork })
    faultPoint('audit.gap')
    return true
  })
  if (!isRecorded) return false
  countGap()
  log.audit.critical('audit.gap', {
    'audit.stream_kind': hole.streamKind,
    'audit.stream': hole.streamRef,
    'audit.seq': hole.seq,
  })
  return true
}
