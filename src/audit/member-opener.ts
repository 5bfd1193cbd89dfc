import type { Id } from '../observability/id.ts'
import { reveal } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import type { Leaf } from './leaf.ts'
import { opens, unsealOpening, unwrapDataKey } from './sealed.ts'
import type { MemberRow } from './verify-source.ts'

/** Gives salt ‖ value of a stored member, undefined when nothing opens it, or it is not what the commitment is of. */
export type MemberOpener = (member: MemberRow, leaf: Leaf, commitment: string) => Buffer | undefined

/** Opens sealed members, remembering the keys of their streams. For one page: a key that is destroyed opens no more. */
export function createMemberOpener(master: KeyRing): MemberOpener {
  const keys = new Map<Id, Buffer>()
  const keyOf = ({ stream_ref, wrapped }: MemberRow) => {
    const key =
      keys.get(stream_ref) ?? (wrapped && unwrapDataKey(master, stream_ref, reveal(wrapped, 'unseal')))
    if (key) keys.set(stream_ref, key)
    return key
  }
  return (member, { stream, seq }, commitment) => {
    try {
      const key = keyOf(member)
      if (key === null) return undefined
      const opening = unsealOpening(key, { ...stream, seq }, member.field, reveal(member.sealed, 'unseal'))
      return opens(member.field, opening, commitment) ? opening : undefined
    } catch (error) {
      if (error instanceof AppError && error.code === 'sealed-value-unreadable') return undefined
      throw error
    }
  }
}
