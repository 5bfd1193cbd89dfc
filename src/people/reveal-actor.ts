import type { AppendEvent } from '../audit/append.ts'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import { type Database, inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Role, Session } from '../platform/http-route.ts'
import { findActor, takeStreamPosition } from './store.ts'

/**
 * Tells who an actor of the audit log is. Throws `not-found` for one that is no account, or no longer.
 * Event: `REVEAL` on the stream of who asked, committed before the name is given.
 */
export function revealActor(
  deps: { readonly db: Database; readonly appendEvent: AppendEvent },
  session: Session,
  request: { readonly actorRef: Id; readonly reasonCode: string },
): Promise<{ readonly name: Sensitive<string>; readonly role: Role }> {
  return inTransaction(deps.db, async (tx) => {
    const account = await findActor(tx, request.actorRef)
    if (!account) throw new AppError('not-found', { title: 'No account has this reference.' })
    const stream = await takeStreamPosition(tx, session.accountId)
    const metadata = { actor_ref: request.actorRef, reason_code: request.reasonCode }
    await deps.appendEvent(tx, { action: 'REVEAL', stream, metadata })
    return account
  })
}
