import type { Tx } from '../platform/database.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import { decodeLeaf } from './leaf.ts'
import { createMemberOpener } from './member-opener.ts'
import { splitOpening } from './sealed.ts'
import { listMembers } from './verify-store.ts'

/** What shows that a commitment is of a value: HMAC-SHA256 under the salt, in hexadecimal, of name, NUL and `json`. */
export type Disclosed = { readonly salt: string; readonly json: string }
/** By the name of the member; one that was erased is missing. */
export type DisclosedMembers = Readonly<Record<string, Disclosed>>

/** The sealed members of events, opened, by the numbers of the events. */
export async function discloseMembers(
  tx: Tx,
  master: KeyRing,
  events: readonly { readonly eventId: string; readonly leaf: Buffer | null }[],
): Promise<ReadonlyMap<string, DisclosedMembers>> {
  const rows = await listMembers(
    tx,
    events.map(({ eventId }) => eventId),
  )
  const stored = Map.groupBy(rows, (row) => `${row.stream_ref} ${row.seq}`)
  const open = createMemberOpener(master)
  const disclosed = new Map<string, DisclosedMembers>()
  for (const { eventId, leaf } of events) {
    const decoded = leaf && decodeLeaf(leaf)
    const members = decoded ? stored.get(`${decoded.stream.ref} ${decoded.seq}`) : undefined
    if (!decoded || !members) continue
    const openings = members.flatMap((member) => {
      const opening = open(member, decoded, decoded.sealed?.[member.field] ?? '')
      return opening ? [[member.field, splitOpening(opening)] as const] : []
    })
    disclosed.set(eventId, Object.fromEntries(openings))
  }
  return disclosed
}
