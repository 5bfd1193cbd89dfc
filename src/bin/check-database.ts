import type pg from 'pg'
import { findLooseProtection } from '../audit/protection.ts'
import type { Config } from '../platform/config.ts'
import { withConnection } from '../platform/connection.ts'
import { openDatabase } from '../platform/database.ts'
import { DATABASE_ROLES, RUN_TIME_LOGINS } from '../platform/database-roles.ts'
import { AppError } from '../platform/errors.ts'
import { listMissingRights } from '../platform/granted-rights.ts'
import { findPendingMigrations } from '../platform/migrate.ts'

/** One thing that a PostgreSQL of your own must have, with why. `holds` judges what the query gave. */
type Expectation = {
  readonly name: string
  readonly expected: string
  readonly why: string
  readonly query: string
  readonly holds: (found: string) => boolean
}

const UNREACHED = 3
const LEAST_VERSION = 150_000

function setting(name: string, expected: string, why: string): Expectation {
  return {
    name,
    expected,
    why,
    query: `select current_setting('${name}')`,
    holds: (found) => found === expected,
  }
}

const KEEPS_ROWS_OUT = 'or its log shows row values'

const ROLES = DATABASE_ROLES.toSorted().join(' ')
const listOf = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ')

/** The server, asked once by the application's login. */
const EXPECTATIONS: readonly Expectation[] = [
  {
    name: 'server_version_num',
    expected: `${LEAST_VERSION} or more`,
    why: 'older servers lack what the schema uses',
    query: `select current_setting('server_version_num')`,
    holds: (found) => Number(found) >= LEAST_VERSION,
  },
  setting('server_encoding', 'UTF8', 'names and texts are Unicode'),
  setting('fsync', 'on', 'or a crash loses what was confirmed'),
  {
    name: 'roles',
    expected: ROLES,
    why: 'migrations grant rights by name',
    query: `select coalesce(string_agg(rolname, ' ' order by rolname), '') from pg_roles
             where rolname in (${listOf(DATABASE_ROLES)})`,
    holds: (found) => found === ROLES,
  },
  setting('log_statement', 'none', KEEPS_ROWS_OUT),
  setting('log_min_error_statement', 'panic', KEEPS_ROWS_OUT),
  setting('log_error_verbosity', 'terse', KEEPS_ROWS_OUT),
  setting('log_parameter_max_length_on_error', '0', KEEPS_ROWS_OUT),
  {
    name: 'log_min_messages',
    expected: 'fatal or panic',
    why: KEEPS_ROWS_OUT,
    query: `select current_setting('log_min_messages')`,
    holds: (found) => found === 'fatal' || found === 'panic',
  },
  setting('log_min_duration_statement', '-1', KEEPS_ROWS_OUT),
]

/** One login, asked about itself. */
function loginOf(setting: string): Expectation {
  return {
    name: `login of ${setting}`,
    expected: 'no superuser, owns nothing, creates nothing, does the work of one login',
    why: 'or it could rewrite the audit log',
    query: `select case when r.rolsuper then 'superuser'
                        when pg_has_role(current_user, 'paraph_owner', 'member') then 'member of the owner'
                        when has_schema_privilege('public', 'CREATE') then 'may create tables'
                        when (select count(*) from pg_roles own where own.rolname in (${listOf(RUN_TIME_LOGINS)})
                               and pg_has_role(current_user, own.oid, 'member')) > 1 then 'several logins in one'
                        else 'plain' end
              from pg_roles r where r.rolname = current_user`,
    holds: (found) => found === 'plain',
  }
}

/**
 * `paraph check-database`: what the server of DATABASE_URL lacks, whether the logins that run are plain, expected beside
 * found, and which right on a table somebody took from them or gave to them. Changes nothing. Exit codes: 0 fine, 1 something is missing, 3 the server could not be asked.
 */
export async function runCheckDatabase(config: Config): Promise<number> {
  if (!config.databaseUrl) {
    throw new AppError('invalid-settings', {
      title: 'Set DATABASE_URL to the server to check; the embedded one is set up by "paraph start".',
    })
  }
  const app = await checkAll('DATABASE_URL', config.databaseUrl, EXPECTATIONS)
  const others = [
    await checkAll('DATABASE_INTEGRATOR_URL', config.integratorUrl),
    await checkAll('DATABASE_ERASER_URL', config.eraserUrl),
  ]
  const rights = app === UNREACHED ? 0 : await checkRights(config.databaseUrl)
  return Math.max(app, rights, ...others)
}

/** The rights on tables, those of the audit log as strictly as `/readyz` does. The exit code. */
async function checkRights(url: string): Promise<number> {
  try {
    // Before "paraph migrate" there are other tables, or none.
    if ((await findPendingMigrations(url)).length > 0) {
      process.stdout.write('rights on tables: to be asked once "paraph migrate" has run\n')
      return 0
    }
    const db = openDatabase(url, { applicationName: 'paraph-check', maxConnections: 1 })
    try {
      const missing = (await listMissingRights(db)).map((right) => `missing privilege: ${right}`)
      const found = [...missing, ...(await findLooseProtection(db))]
      for (const difference of found) process.stdout.write(`missing  rights on tables: ${difference}\n`)
      if (found.length === 0) process.stdout.write('ok       rights on tables: as migrations granted them\n')
      return found.length === 0 ? 0 : 1
    } finally {
      await db.destroy()
    }
  } catch {
    process.stdout.write('missing  rights on tables: could not be asked\n')
    return 1
  }
}

/** The exit code for one login and what is asked with it; nothing is asked without one. */
async function checkAll(
  setting: string,
  url: string | undefined,
  expectations: readonly Expectation[] = [],
): Promise<number> {
  if (url === undefined) return 0
  try {
    return await withConnection(url, { applicationName: 'paraph-check' }, async (client) => {
      let missing = 0
      for (const expectation of [...expectations, loginOf(setting)]) {
        missing += (await check(client, expectation)) ? 0 : 1
      }
      return missing === 0 ? 0 : 1
    })
  } catch {
    // Each question answers for itself, so that only the connection can fail here.
    process.stdout.write(`the server of ${setting} cannot be reached, or refuses the login\n`)
    return UNREACHED
  }
}

async function check(client: pg.Client, expectation: Expectation): Promise<boolean> {
  const { name, expected, why, query, holds } = expectation
  // What the server does not tell counts as missing; the other questions are still asked.
  const found = await client.query<string[]>({ text: query, rowMode: 'array' }).then(
    ({ rows }) => String(rows[0]?.[0] ?? 'nothing'),
    () => 'could not be asked',
  )
  const isFine = holds(found)
  const line = isFine
    ? `ok       ${name}: ${found}`
    : `missing  ${name}: ${found}; expected ${expected}, ${why}`
  process.stdout.write(`${line}\n`)
  return isFine
}
