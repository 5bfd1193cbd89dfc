import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { log } from '../observability/log.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import { faultPoint } from '../platform/fault-points.ts'
import type { Keys } from '../platform/keys.ts'
import { inspectEvent, type QuarantineReason } from './inspect.ts'
import {
  growTree,
  insertLeaves,
  type NewLeaf,
  type PendingRow,
  readTree,
  takePending,
} from './integrate-store.ts'
import { encodeJcs } from './jcs.ts'
import { countQuarantined } from './metrics.ts'
import { Frontier, hashLeaf } from './tlog/merkle.ts'

/** The tree after a batch; `taken` less than the limit means that the queue was emptied. */
export type Integrated = { readonly taken: number; readonly quarantined: number; readonly size: number }

/** Events of one transaction. */
export const BATCH = 5_000
/** Events that are looked at together. */
const PART = 1_000

type IntegrateDeps = {
  /** As the integrator's login. */
  readonly db: Database
  readonly keys: Pick<Keys, 'mac'>
}

/**
 * Brings up to `limit` queued events into the tree, in one transaction. An event that fails its checks is not dropped:
 * its place goes to an entry that names it and the reason. Rows: `audit_pending`, `audit_leaf`, `audit_tree`.
 * Throws `tree-moved` when another process grew the tree meanwhile, which then did the work.
 */
export async function integrateBatch(deps: IntegrateDeps, limit = BATCH): Promise<Integrated> {
  const integrated = await inTransaction(deps.db, (tx) => integrateIn(deps, tx, limit))
  faultPoint('audit.integrated')
  countQuarantined(integrated.quarantined)
  return integrated
}

async function integrateIn(deps: IntegrateDeps, tx: Tx, limit: number): Promise<Integrated> {
  let cause: unknown
  const parts = takeParts(tx, limit, (error) => {
    cause ??= error
  })
  try {
    return await integrateParts(deps, tx, parts)
  } catch (error) {
    throw cause ?? error
  }
}

async function integrateParts(
  deps: IntegrateDeps,
  tx: Tx,
  parts: ReturnType<typeof takeParts>,
): Promise<Integrated> {
  let part = await parts.next()
  // Only now: another leader's events are gone from the queue, and what it grew is seen.
  const tree = await readTree(tx)
  const frontier = Frontier.of(tree.size, tree.frontier)
  let quarantined = 0
  for (; !part.done; part = await parts.next()) {
    faultPoint('audit.taken')
    const leaves = part.value.filter(isNew).map((row) => toLeaf(deps.keys, row))
    const first = frontier.size
    for (const { leafHash } of leaves) frontier.append(leafHash)
    await insertLeaves(tx, first, leaves)
    faultPoint('audit.indexed')
    quarantined += leaves.filter((leaf) => leaf.quarantine !== null).length
  }
  const taken = frontier.size - tree.size
  if (taken === 0) return { taken, quarantined, size: tree.size }
  const grown = { size: frontier.size, frontier: frontier.hashes(), root: frontier.root() }
  // A leader that was frozen and woke up again finds the tree at another size, and its transaction ends here.
  if (!(await growTree(tx, tree.size, grown))) throw new TreeMoved()
  faultPoint('audit.grown')
  return { taken, quarantined, size: grown.size }
}

/**
 * Takes up to `limit` events from the queue; while the caller works on one part, the database gathers the next. What
 * fails there fails the caller's next statement as well: `onFailure` is told the reason.
 */
async function* takeParts(
  tx: Tx,
  limit: number,
  onFailure: (error: unknown) => void,
): AsyncGenerator<readonly PendingRow[]> {
  let left = limit
  const take = () => {
    const wanted = Math.min(left, PART)
    left -= wanted
    const taken = wanted === 0 ? Promise.resolve([]) : takePending(tx, wanted)
    taken.catch(onFailure)
    return taken
  }
  let next = take()
  for (;;) {
    const rows = await next
    if (rows.length === 0) return
    // An empty queue is asked no second time.
    next = rows.length < PART ? Promise.resolve([]) : take()
    // Until it has been sent: what the caller does with these rows lets nothing else happen.
    await setImmediate()
    yield rows
  }
}

/** Another leader has the tree. */
export class TreeMoved extends Error {
  constructor() {
    super('another process has grown the tree')
    this.name = 'TreeMoved'
  }
}

/** Whoever may append could also queue an event again; it has its place already. */
function isNew(row: PendingRow): boolean {
  if (row.is_leaf) log.audit.warning('audit.requeued', { 'audit.event': Number(row.event_id) })
  return !row.is_leaf
}

function toLeaf(keys: Pick<Keys, 'mac'>, row: PendingRow): NewLeaf {
  const { event_id: eventId, leaf } = row
  const reason = reasonAgainst(keys, row)
  if (reason === undefined && leaf !== null) return { eventId, leafHash: hashLeaf(leaf), quarantine: null }
  const quarantine = quarantineEntry(row, reason ?? 'leaf-missing')
  log.audit.critical('audit.quarantined', { 'audit.event': Number(eventId), 'audit.reason': reason })
  return { eventId, leafHash: hashLeaf(quarantine), quarantine }
}

function reasonAgainst(keys: Pick<Keys, 'mac'>, row: PendingRow): QuarantineReason | undefined {
  const verdict = row.is_gone ? 'event-missing' : inspectEvent(keys, row)
  return typeof verdict === 'string' ? verdict : undefined
}

/** What stands in the log for an event that is not taken at its word. */
function quarantineEntry(row: PendingRow, reason: QuarantineReason): Buffer {
  return encodeJcs({
    v: 1,
    quarantine: reason,
    event: row.event_id,
    leaf_sha256: row.leaf === null ? '' : hash('sha256', row.leaf),
  })
}
