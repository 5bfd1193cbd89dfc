import type { KeyRing } from '../platform/key-ring.ts'
import type { StreamPosition } from './leaf.ts'
import { newDataKey, type SealedMember, sealOpening, unsealOpening, unwrapDataKey } from './sealed.ts'

/** What a spooled event brings of its sealed members: encrypted under a key of their own, which lies wrapped beside. */
type Payload = {
  readonly wrapped: string
  readonly members: readonly {
    readonly field: string
    readonly commitment: string
    readonly sealed: string
  }[]
}

/** Seals the members of an event by themselves: the spool must not depend on the stream's key. */
export function packMembers(
  master: KeyRing,
  stream: StreamPosition,
  members: readonly SealedMember[],
): Buffer | undefined {
  if (members.length === 0) return undefined
  const { key, wrapped } = newDataKey(master, stream.ref)
  return Buffer.from(
    JSON.stringify({
      wrapped: wrapped.toString('base64'),
      members: members.map((member) => ({
        field: member.field,
        commitment: member.commitment,
        sealed: sealOpening(key, stream, member).toString('base64'),
      })),
    } satisfies Payload),
  )
}

/** Opens what `packMembers` made. Throws `sealed-value-unreadable`. */
export function unpackMembers(master: KeyRing, stream: StreamPosition, packed: Buffer): SealedMember[] {
  const { wrapped, members }: Payload = JSON.parse(packed.toString())
  const key = unwrapDataKey(master, stream.ref, Buffer.from(wrapped, 'base64'))
  return members.map(({ field, commitment, sealed }) => ({
    field,
    commitment,
    opening: unsealOpening(key, stream, field, Buffer.from(sealed, 'base64')),
  }))
}
