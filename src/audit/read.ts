import type { Id } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import type { AuditEventView } from './contract.ts'
import { listStreamEvents } from './store.ts'
import { toViews } from './view.ts'

const PAGE_SIZE = 1_000

/**
 * The events of a stream in order, `PAGE_SIZE` at a time after `afterSeq`. Sealed members are opened when `mayUnseal`
 * (admin and auditor).
 */
export async function readStream(
  deps: { readonly db: Database; readonly keys: Keys },
  query: { readonly streamRef: Id; readonly afterSeq: number; readonly mayUnseal: boolean },
): Promise<{ events: AuditEventView[]; nextAfter?: number }> {
  const rows = await listStreamEvents(deps.db, query.streamRef, {
    afterSeq: query.afterSeq,
    limit: PAGE_SIZE,
  })
  const last = rows.at(-1)
  return {
    events: await toViews(deps, rows, query.mayUnseal),
    ...(rows.length === PAGE_SIZE && last ? { nextAfter: last.seq } : {}),
  }
}
