import type { Id } from '../observability/id.ts'
import { reveal } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { type Keys, unseal } from '../platform/keys.ts'
import { HUNDREDTHS_FIELDS } from './actions.ts'
import { sealPurpose } from './append.ts'
import type { AuditEventView } from './contract.ts'
import { type EventRow, listStreamEvents } from './store.ts'

const PAGE_SIZE = 200

/**
 * The events of a stream in order, `PAGE_SIZE` at a time after `afterSeq`. Sealed members are opened when `mayUnseal`
 * (admin and auditor), and stand as `{"sealed": true}` otherwise. Scores are given in points.
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
    events: rows.map((row) => toView(deps.keys, query.streamRef, row, query.mayUnseal)),
    ...(rows.length === PAGE_SIZE && last ? { nextAfter: last.seq } : {}),
  }
}

function toView(keys: Keys, streamRef: Id, row: EventRow, mayUnseal: boolean): AuditEventView {
  const stream = { kind: row.streamKind, ref: streamRef, seq: row.seq }
  const sealed = row.sealed.map(({ field, value }) => {
    if (!mayUnseal) return [field, { sealed: true }] as const
    const opened = reveal(unseal(keys, sealPurpose(stream, field), value), 'show-to-entitled-user')
    return [
      field,
      HUNDREDTHS_FIELDS.has(field) && typeof opened === 'number' ? opened / 100 : opened,
    ] as const
  })
  return {
    seq: row.seq,
    action: row.action,
    actor: { kind: row.actorKind, ref: row.actorRef },
    requestId: row.requestId,
    occurredAt: row.occurredAt.toISOString(),
    metadata: { ...row.metadata, ...Object.fromEntries(sealed) },
  }
}
