import type { Id } from '../observability/id.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import type { Findings } from './findings.ts'
import type { Leaf } from './leaf.ts'
import { createMemberOpener } from './member-opener.ts'
import type { StreamLedger } from './stream-ledger.ts'
import type { MemberRow } from './verify-source.ts'

/** An event, and its leaf, if it is in the tree. */
export type Committed = { readonly leaf: Leaf; readonly index: number | undefined }

type MemberDeps = {
  readonly findings: Findings
  readonly ledger: StreamLedger
  /** Without it, members are compared by their presence alone. */
  readonly master: KeyRing | undefined
}

/** Compares the sealed members of a page with what its events commit to. Returns how many opened as they should. */
export function checkMembers(
  { findings, ledger, master }: MemberDeps,
  events: readonly Committed[],
  rows: readonly MemberRow[],
): number {
  const stored = Map.groupBy(rows, (row) => placeOf(row.stream_ref, row.seq))
  const open = master && createMemberOpener(master)
  let opened = 0
  for (const { leaf, index } of events) {
    const place = { stream: leaf.stream.ref, seq: leaf.seq, index }
    const commitments = new Map(Object.entries(leaf.sealed ?? {}))
    for (const member of stored.get(placeOf(place.stream, place.seq)) ?? []) {
      const { field } = member
      const commitment = commitments.get(field)
      commitments.delete(field)
      if (commitment === undefined) findings.add('sealed-orphan', { ...place, field })
      else if (open && !open(member, leaf, commitment)) findings.add('sealed-altered', { ...place, field })
      else if (open) opened += 1
    }
    for (const field of commitments.keys()) ledger.loseMember(place, field)
  }
  return opened
}

function placeOf(streamRef: Id, seq: number): string {
  return `${streamRef} ${seq}`
}
