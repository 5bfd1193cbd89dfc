import type { Id } from '../observability/id.ts'
import { reveal } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { type Keys, unseal } from '../platform/keys.ts'
import { HUNDREDTHS_FIELDS } from './actions.ts'
import type { AuditEventView } from './contract.ts'
import { decodeLeaf } from './leaf.ts'
import { readOpening, unsealOpening } from './sealed.ts'
import type { EventRow } from './store.ts'
import { readStreamKeys } from './stream-keys.ts'

/** The keys of the streams at hand; none for who may not open anything. */
type DataKeys = ReadonlyMap<Id, Buffer> | 'not-entitled'

/**
 * Events as a reader sees them. A sealed member is its value when `mayUnseal`, else `{"sealed": true}`, and
 * `{"erased": true}` once it was erased. Scores are given in points. Throws `sealed-value-unreadable`.
 */
export async function toViews(
  deps: { readonly db: Database; readonly keys: Keys },
  rows: readonly EventRow[],
  mayUnseal: boolean,
): Promise<AuditEventView[]> {
  const withMembers = rows.filter((row) => row.sealed.length > 0)
  const dataKeys = mayUnseal
    ? await readStreamKeys(
        deps.db,
        deps.keys.master,
        withMembers.map((row) => row.streamRef),
      )
    : 'not-entitled'
  return rows.map((row) => toView(deps.keys, row, dataKeys))
}

function toView(keys: Keys, row: EventRow, dataKeys: DataKeys): AuditEventView {
  const members = new Map(row.sealed.map((member) => [member.field, member]))
  const fields = sealedFields(row) ?? [...members.keys()]
  const sealed = fields.map((field) => [field, showMember(keys, row, members.get(field), dataKeys)] as const)
  return {
    id: row.id,
    stream: { kind: row.streamKind, ref: row.streamRef },
    seq: row.seq,
    action: row.action,
    actor: { kind: row.actorKind, ref: row.actorRef },
    examRef: row.examRef,
    requestId: row.requestId,
    occurredAt: row.occurredAt.toISOString(),
    metadata: { ...row.metadata, ...Object.fromEntries(sealed) },
  }
}

/**
 * Undefined for an event from before there were leaves, which knows of its sealed members only while they exist; and
 * for one whose leaf is none, so that a forged event cannot keep the others from being read.
 */
function sealedFields({ leaf }: EventRow): readonly string[] | undefined {
  if (leaf === null) return undefined
  // Most events have none, and reading a leaf takes longer than all the rest.
  if (!leaf.includes('"sealed":{')) return []
  try {
    return Object.keys(decodeLeaf(leaf).sealed ?? {})
  } catch {
    // Forged; `audit verify` says so.
    return undefined
  }
}

function showMember(
  keys: Keys,
  row: EventRow,
  member: EventRow['sealed'][number] | undefined,
  dataKeys: DataKeys,
): unknown {
  if (member === undefined) return { erased: true }
  if (dataKeys === 'not-entitled') return { sealed: true }
  const value = openMember(keys, row, member, dataKeys.get(row.streamRef))
  if (value === undefined) return { erased: true }
  return HUNDREDTHS_FIELDS.has(member.field) && typeof value === 'number' ? value / 100 : value
}

/** Undefined when the stream's key is gone. Before there were leaves, members lay under the installation's key. */
function openMember(
  keys: Keys,
  row: EventRow,
  { field, value }: EventRow['sealed'][number],
  dataKey: Buffer | undefined,
): unknown {
  const stream = { kind: row.streamKind, ref: row.streamRef, seq: row.seq }
  if (row.leaf === null) {
    const purpose = `audit:${stream.ref}:${stream.seq}:${field}`
    return reveal(unseal(keys, purpose, value), 'show-to-entitled-user')
  }
  return dataKey && readOpening(unsealOpening(dataKey, stream, field, reveal(value, 'unseal')))
}
