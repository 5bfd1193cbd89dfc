import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { SECOND } from '../units.ts'
import { secretsUnusable, startFailed, systemCodeOf } from './failures.ts'
import type { Passwords } from './folder.ts'
import type { Server } from './postmaster.ts'

const DATABASE = 'paraph'

// One script, one transaction, the same on every start: a crash between two steps is repaired by the next start.
const ROLES = `
do $$ declare name text; begin
  foreach name in array array['paraph_owner', 'paraph_migrate', 'paraph_app'] loop
    if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
  end loop;
  if pg_has_role('paraph_app', 'paraph_owner', 'member') then revoke paraph_owner from paraph_app; end if;
end $$;
alter role paraph_owner nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit;
alter role paraph_migrate login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit;
alter role paraph_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit;
grant paraph_owner to paraph_migrate with inherit true, set true, admin false;
revoke all on database postgres, template1 from public;
`

const GRANTS = `
alter database paraph owner to paraph_owner;
revoke all on database paraph from public;
grant connect on database paraph to paraph_migrate, paraph_app;
alter role paraph_migrate in database paraph set role to paraph_owner;
`

// Large objects need no right on any schema: without this the application could store data outside every table.
const INSIDE =
  'revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public'

/** The connection URL of one login; the socket's folder goes into `host`, as libpq and `pg` understand it. */
export function urlOf<R extends keyof Passwords>(
  server: Pick<Server, 'host' | 'port'>,
  role: R,
  passwords: Pick<Passwords, R>,
  database = DATABASE,
): string {
  const login = `${role}:${encodeURIComponent(passwords[role])}`
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
    await withClient(urlOf(server, 'postgres', passwords, 'postgres'), async (client) => {
      await client.query(ROLES)
      await ensurePasswords(client, passwords)
      const known = await client.query('select from pg_database where datname = $1', [DATABASE])
      if (known.rowCount === 0) await client.query(`create database ${DATABASE} template template0`)
      await client.query(GRANTS)
    })
    await withClient(urlOf(server, 'postgres', passwords), async (client) => {
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
  const { rows } = await client.query<{ role: keyof Passwords; verifier: string | null }>(
    'select rolname as role, rolpassword as verifier from pg_authid where rolname = any($1)',
    [['paraph_migrate', 'paraph_app']],
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
