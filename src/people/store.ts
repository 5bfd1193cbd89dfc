import { type RawBuilder, sql } from 'kysely'
import type { StreamPosition } from '../audit/append.ts'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Role } from '../platform/http-route.ts'

export type AccountIds = { readonly accountId: Id; readonly actorRef: Id; readonly role: Role }

export type AccountRow = {
  readonly id: Id
  readonly actorRef: Id
  readonly role: Role
  readonly name: Sensitive<string>
  readonly email: Sensitive<string>
  readonly createdAt: Date
}

const ACCOUNT_IDS = sql`id as "accountId", actor_ref as "actorRef", role`
const ACCOUNT = sql`id, actor_ref as "actorRef", role, name, email, created_at as "createdAt"`

/** Inserts an account; undefined when its e-mail address (in lower case) is taken. */
export async function insertAccount(
  tx: Tx,
  account: { readonly email: Sensitive<string>; readonly name: Sensitive<string>; readonly role: Role },
): Promise<AccountIds | undefined> {
  const { rows } = await sql<AccountIds>`
    insert into people.account (email, name, role)
    values (${account.email}, ${account.name}, ${account.role})
    on conflict (email) do nothing
    returning ${ACCOUNT_IDS}`.execute(tx)
  return rows[0]
}

/** Gives an account its password, in the form the sign-in library looks for. */
export async function insertPassword(tx: Tx, accountId: Id, passwordHash: Sensitive<string>): Promise<void> {
  await sql`
    insert into people.account_credential (account_id, provider, provider_account_id, password)
    values (${accountId}, 'credential', ${accountId}, ${passwordHash})`.execute(tx)
}

/** Locks the account's row and takes the next number of its stream. */
export async function takeStreamPosition(tx: Tx, accountId: Id): Promise<StreamPosition> {
  const { rows } = await sql<{ ref: Id; seq: number }>`
    update people.account set event_seq = event_seq + 1 where id = ${accountId}
    returning stream_ref as ref, event_seq as seq`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('an event on the stream of an account that is gone')
  return { kind: 'account', ...row }
}

/** All accounts, oldest first, students too; at most 10,000, more than one school has. */
export async function listAccounts(db: Database): Promise<readonly AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    select ${ACCOUNT} from people.account order by created_at, id limit 10000`.execute(db)
  return rows
}

/** One account. Throws `not-found`. */
export async function getAccount(db: Database, accountId: Id): Promise<AccountRow> {
  const { rows } = await sql<AccountRow>`
    select ${ACCOUNT} from people.account where id = ${accountId}`.execute(db)
  const [row] = rows
  if (!row) throw new AppError('not-found', { title: 'There is no such account.' })
  return row
}

/** The person whom events call `actorRef`; undefined when there is no such account, or no longer. */
export async function findActor(db: Database, actorRef: Id): Promise<AccountRow | undefined> {
  const { rows } = await sql<AccountRow>`
    select ${ACCOUNT} from people.account where actor_ref = ${actorRef}`.execute(db)
  return rows[0]
}

/** `email` in lower case. */
export async function findAccountByEmail(
  db: Database,
  email: Sensitive<string>,
): Promise<AccountIds | undefined> {
  const { rows } = await sql<AccountIds>`
    select ${ACCOUNT_IDS} from people.account where email = ${email}`.execute(db)
  return rows[0]
}

/** The ids and the role of an account: all that other rooms may know of it. */
export async function findAccount(db: Database, accountId: Id): Promise<AccountIds | undefined> {
  const { rows } = await sql<AccountIds>`
    select ${ACCOUNT_IDS} from people.account where id = ${accountId}`.execute(db)
  return rows[0]
}

/** The role of an account, for rooms that must know whether it may mark. */
export async function findAccountRole(db: Database, accountId: Id): Promise<Role | undefined> {
  const { rows } = await sql<{ role: Role }>`
    select role from people.account where id = ${accountId}`.execute(db)
  return rows[0]?.role
}

/** What events call these accounts. */
export async function listActorRefs(db: Database, accountIds: readonly Id[]): Promise<ReadonlyMap<Id, Id>> {
  const { rows } = await sql<{ id: Id; actorRef: Id }>`
    select id, actor_ref as "actorRef" from people.account where id = any(${[...accountIds]}::uuid[])`.execute(
    db,
  )
  return new Map(rows.map(({ id, actorRef }) => [id, actorRef]))
}

/** The account that events call `actorRef`. */
export async function findAccountByRef(db: Database, actorRef: Id): Promise<AccountIds | undefined> {
  const { rows } = await sql<AccountIds>`
    select ${ACCOUNT_IDS} from people.account where actor_ref = ${actorRef}`.execute(db)
  return rows[0]
}

/** Ends a session; false when it was over already. */
export async function deleteSession(tx: Tx, token: Sensitive<string>): Promise<boolean> {
  const { rows } = await sql`delete from people.session where token = ${token} returning id`.execute(tx)
  return rows.length > 0
}

/** Forgets the sessions that ended by themselves and that nobody came back to. */
export async function deleteExpiredSessions(db: Database): Promise<void> {
  await sql`delete from people.session where expires_at < now()`.execute(db)
}

export type AttemptLimits = {
  /** Attempts that need not wait. */
  readonly free: number
  /** Wait after the last free attempt; it doubles with each further one. */
  readonly firstWaitSeconds: number
  readonly longestWaitSeconds: number
  /** Quiet time after which attempts are forgotten. */
  readonly memorySeconds: number
}

/**
 * Counts one attempt to sign in, before the password is looked at: attempts at the same time cannot slip through.
 * Answers 0 when it may go on, else the seconds still to wait, and then the attempt is not counted.
 */
export async function claimSignInAttempt(
  db: Database,
  subject: Sensitive<Buffer>,
  limits: AttemptLimits,
): Promise<number> {
  const { rows } = await sql<{ waitSeconds: number | null }>`
    with claimed as (
      insert into people.sign_in_attempt as a (subject, attempts, last_at)
      values (${subject}, 1, clock_timestamp())
      on conflict (subject) do update
         set last_at = clock_timestamp(),
             attempts = case when a.last_at < clock_timestamp() - make_interval(secs => ${limits.memorySeconds})
                             then 1 else a.attempts + 1 end
       where clock_timestamp() >= ${nextAttemptAt(limits)}
      returning 1)
    select case when exists (select from claimed) then 0
                else (select greatest(1, ceil(extract(epoch from ${nextAttemptAt(limits)} - clock_timestamp())))::int
                        from people.sign_in_attempt a where subject = ${subject}) end as "waitSeconds"`.execute(
    db,
  )
  // Null: the row was made by another attempt while this one waited for it.
  return rows[0]?.waitSeconds ?? 1
}

/** The attempts of `subject` are forgiven; those of others that are old enough are swept on the way. */
export async function clearSignInAttempts(
  db: Database,
  subject: Sensitive<Buffer>,
  limits: AttemptLimits,
): Promise<void> {
  await sql`
    delete from people.sign_in_attempt where subject in (
      select subject from people.sign_in_attempt
       where subject = ${subject} or last_at < clock_timestamp() - make_interval(secs => ${limits.memorySeconds})
         for update skip locked)`.execute(db)
}

function nextAttemptAt(limits: AttemptLimits): RawBuilder<Date> {
  return sql`case when a.attempts < ${limits.free}::int then a.last_at
    else a.last_at + make_interval(secs => least(${limits.longestWaitSeconds}::float8,
                                                 ${limits.firstWaitSeconds}::float8 * 2 ^ least(a.attempts - ${limits.free}::int, 30))) end`
}
