import { sql } from 'kysely'
import { computedIsPlain } from './concealing-pool.ts'
import type { Database } from './database.ts'
import { DATABASE_ROLES } from './database-roles.ts'
import { TABLE_RIGHTS, TABLES_WITH_RIGHTS } from './table-rights.ts'

/** The owner may do everything, and nobody logs in as it at run time. */
const OWNER = 'paraph_owner'

/**
 * `login PRIVILEGE table`, by whoever was granted anything on these tables, `public` among them. Roles that are not ours
 * may be called anything: each is `another`.
 */
export async function listPrivileges(db: Database, tables: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ entry: string }>`${computedIsPlain}
    with ours as (
      select c.oid, c.relname, c.relacl from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relname = any(${tables}) and c.relkind = 'r' and n.nspname in ('public', 'people')
    ), grants as (
      select c.relname, a.grantee, a.privilege_type as privilege
        from ours c, aclexplode(c.relacl) a
      union all
      select c.relname, a.grantee, a.privilege_type || '(' || t.attname || ')'
        from ours c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a)
    select distinct
           case when r.rolname is null then 'public' when r.rolname = any(${[...DATABASE_ROLES]}) then r.rolname
                else 'another' end || ' ' || g.privilege || ' ' || g.relname as entry
      from grants g left join pg_roles r on r.oid = g.grantee
     where coalesce(r.rolname, 'public') <> ${OWNER}`.execute(db)
  return rows.map((row) => row.entry)
}

/** Rights that migrations give to the logins that run, and that somebody has taken away. */
export async function listMissingRights(db: Database): Promise<readonly string[]> {
  const granted = new Set(await listPrivileges(db, TABLES_WITH_RIGHTS))
  return TABLE_RIGHTS.filter((right) => !granted.has(right))
}
