import { z } from 'zod'
import type { AppendEvent } from '../audit/append.ts'
import { log } from '../observability/log.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { afterCommit, type Database, inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Role } from '../platform/http-route.ts'
import { hashPassword, PASSWORD_LENGTH } from './auth.ts'
import { peopleError } from './errors.ts'
import { type AccountIds, insertAccount, insertPassword, takeStreamPosition } from './store.ts'

export type NewAccount = {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly password: string
}

const emailAddress = z.email().max(254)

/**
 * Makes an account that can sign in: the only way to one, for the route, the command line and the demonstration.
 * Throws `invalid-email`, `weak-password`, `account-exists`, or `invalid-request` for an empty name.
 * Rows: account, credential; event `ADD_ACCOUNT` on the new account's stream, by the actor of the context.
 */
export async function addAccount(
  deps: { readonly db: Database; readonly appendEvent: AppendEvent },
  command: NewAccount,
): Promise<AccountIds> {
  const email = emailAddress.safeParse(command.email.trim().toLowerCase())
  if (!email.success) throw peopleError('invalid-email')
  const name = command.name.trim()
  if (!name) throw new AppError('invalid-request', { title: 'The name is empty.' })
  const { length } = command.password
  if (length < PASSWORD_LENGTH.min || length > PASSWORD_LENGTH.max) throw peopleError('weak-password')
  const passwordHash = new Sensitive(await hashPassword(command.password))
  const person = { email: new Sensitive(email.data), name: new Sensitive(name), role: command.role }

  return inTransaction(deps.db, async (tx) => {
    const account = await insertAccount(tx, person)
    if (!account) throw peopleError('account-exists')
    await insertPassword(tx, account.accountId, passwordHash)
    await deps.appendEvent(tx, {
      action: 'ADD_ACCOUNT',
      stream: await takeStreamPosition(tx, account.accountId),
      metadata: { role: account.role },
    })
    afterCommit(tx, () => log.security.info('account.created'))
    return account
  })
}
