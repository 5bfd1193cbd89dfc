import type { Action, MetadataOf } from '../audit/actions.ts'
import type { AppendEvent } from '../audit/append.ts'
import type { Actor } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import type { Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { type CopyChanges, type CopyRow, findCopyForUpdate, updateCopy } from './store.ts'

/** One event of a copy: its action with the metadata of that action, and the actor when it is not the context's. */
export type CopyEvent = { [A in Action]: { action: A; metadata: MetadataOf<A>; actor?: Actor } }[Action]

/** The copy's row, taken for this transaction in order to change the copy. Throws `not-found`, `copy-erased`. */
export async function takeCopy(tx: Tx, copyId: Id): Promise<CopyRow> {
  return assertNotErased(await takeCopyRow(tx, copyId))
}

/** The same, also of an erased copy: for work that looks whether there is anything left to do. Throws `not-found`. */
export async function takeCopyRow(tx: Tx, copyId: Id): Promise<CopyRow> {
  const copy = await findCopyForUpdate(tx, copyId)
  if (!copy) throw copyNotFound()
  return copy
}

/** Throws `copy-erased` for a copy whose person was erased: nothing of it is left to read or to change. */
export function assertNotErased<C extends Pick<CopyRow, 'erasedAt'>>(copy: C): C {
  if (copy.erasedAt === null) return copy
  throw new AppError('copy-erased', {
    title: 'What this copy held was erased.',
    problem: { erasedAt: copy.erasedAt.toISOString() },
  })
}

export function copyNotFound(): AppError {
  return new AppError('not-found', { title: 'There is no such copy.' })
}

/**
 * Writes a change of a copy together with its events, which take the next places of the copy's stream in order.
 * The row must have been taken in this transaction. Rows: the copy, one event each.
 */
export async function changeCopy(
  deps: { readonly appendEvent: AppendEvent },
  tx: Tx,
  copy: Pick<CopyRow, 'id' | 'streamRef' | 'examRef'>,
  changes: CopyChanges,
  events: readonly CopyEvent[],
): Promise<void> {
  const last = await updateCopy(tx, copy.id, changes, events.length)
  for (const [index, event] of events.entries()) {
    const stream = { kind: 'copy', ref: copy.streamRef, seq: last - events.length + 1 + index } as const
    await deps.appendEvent(tx, { ...event, stream, examRef: copy.examRef } as Parameters<AppendEvent>[1])
  }
}
