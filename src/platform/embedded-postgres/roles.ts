import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { DATABASE_ROLES, LOGINS, RUN_TIME_LOGINS } from '../database-roles.ts'
import { SECOND } from '../units.ts'
import { secretsUnusable, startFailed, systemCodeOf } from './failures.ts'
import type { PasswordHolder, Passwords } from './folder.ts'
import type { Server } from './postmaster.ts'

const DATABASE = 'paraph'

const PLAIN = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit'

// One script, one transaction, the same on every start: a crash between two steps is repaired by the next start.
const ROLES = `
do $$ declare name text; given record; begin
  foreach name in array ${arrayOf(DATABASE_ROLES)} loop
    if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
  end loop;
  for given in
    select roleid::regrole as role, member::regrole, grantor::regrole
      from pg_auth_members where member::regrole::text = any(${arrayOf(RUN_TIME_LOGINS)})
  loop
    execute format('revoke %s from %s granted by %s cascade', given.role, given.member, given.grantor);
  end loop;
end $$;
alter role paraph_owner nologin ${PLAIN};
${LOGINS.map((login) => `alter role ${login} login ${PLAIN};`).join('\n')}
grant paraph_owner to paraph_migrate with inherit true, set true, admin false;
revoke all on database postgres, template1 from public;
`

const GRANTS = `
alter database paraph owner to paraph_owner;
revoke all on database paraph from public;
grant connect on database paraph to ${LOGINS.join(', ')};
alter role paraph_migrate in database paraph set role to paraph_owner;
`

// Large objects need no right on any schema: without this the application could store data outside every table.
const INSIDE =
  'revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public'

function arrayOf(names: readonly string[]): string {
  return `array[${names.map(escapeLiteral).join(', ')}]`
}

/** The connection URL of one login; the socket's folder goes into `host`, as libpq and `pg` understand it. */
export function urlOf(
  server: Pick<Server, 'host' | 'port'>,
  role: PasswordHolder,
  password: string,
  database = DATABASE,
): string {
  const login = `${role}:${encodeURIComponent(password)}`
  if (!server.host.startsWith('/')) return `postgres://${login}@${server.host}:${server.port}/${database}`
  return `postgres://${login}@localhost:${server.port}/${database}?host=${encodeURIComponent(server.host)}`
}

/**
 * Creates or repairs the roles, their passwords and the database. The start lock must be held.
 * Throws `database-secrets-unusable` when the superuser's password file is not the cluster's, else
 * `database-start-failed`; an error of the connection itself (a server that is going away) passes through.
 */
export async function ensureRoles(server: Server, passwords: Passwords): Promise<void> {
  try {
    await withClient(urlOf(server, 'postgres', passwords.postgres, 'postgres'), async (client) => {
      await client.query(ROLES)
      await ensurePasswords(client, passwords)
      const known = await client.query('select from pg_database where datname = $1', [DATABASE])
      if (known.rowCount === 0) await client.query(`create database ${DATABASE} template template0`)
      await client.query(GRANTS)
    })
    await withClient(urlOf(server, 'postgres', passwords.postgres), async (client) => {
      await client.query(INSIDE)
    })
  } catch (cause) {
    const code = systemCodeOf(cause)
    if (code === '28P01') throw secretsUnusable(cause)
    // SQLSTATE class 57P and the socket's own errors mean that the server ends: the caller decides.
    if (code === undefined || code.startsWith('57P') || !/^[0-9A-Z]{5}$/.test(code)) throw cause
    throw startFailed('roles', '', cause)
  }
}

async function withClient(connectionString: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 30 * SECOND })
  // A connection cut between two queries is reported by the next query.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await work(client)
  } finally {
    // A connection that is gone needs no end.
    await client.end().catch(() => undefined)
  }
}

/** Sends verifiers, never a password: a statement can be seen in pg_stat_activity. Writes only what differs. */
async function ensurePasswords(client: Client, passwords: Passwords): Promise<void> {
  const { rows } = await client.query<{ role: PasswordHolder; verifier: string | null }>(
    'select rolname as role, rolpassword as verifier from pg_authid where rolname = any($1)',
    [LOGINS],
  )
  for (const { role, verifier } of rows) {
    const salt = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(verifier ?? '')?.[1]
    if (salt !== undefined && verifier === (await scramVerifier(passwords[role], salt))) continue
    const fresh = await scramVerifier(passwords[role], randomBytes(16).toString('base64'))
    await client.query(`alter role ${escapeIdentifier(role)} password ${escapeLiteral(fresh)}`)
  }
}

/** What PostgreSQL stores for a password (RFC 5803, RFC 7677 with 4,096 rounds). */
async function scramVerifier(password: string, salt: string): Promise<string> {
  const salted = await promisify(pbkdf2)(password, Buffer.from(salt, 'base64'), 4_096, 32, 'sha256')
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$4096:${salt}$${storedKey}:${keyed('Server Key').toString('base64')}`
}
