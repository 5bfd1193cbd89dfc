import { sql } from 'kysely'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database } from '../platform/database.ts'

/** The owner may do everything, and nobody logs in as it at run time. */
const OWNER = 'paraph_owner'

/** `login PRIVILEGE table`, by whoever was granted anything on these tables, `public` among them. */
export async function listPrivileges(db: Database, tables: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ entry: string }>`${computedIsPlain}
    with grants as (
      select c.relname, a.grantee, a.privilege_type as privilege
        from pg_class c, aclexplode(c.relacl) a
       where c.relname = any(${tables}) and c.relkind = 'r'
      union all
      select c.relname, a.grantee, a.privilege_type || '(' || t.attname || ')'
        from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
       where c.relname = any(${tables}) and c.relkind = 'r')
    select coalesce(r.rolname, 'public') || ' ' || g.privilege || ' ' || g.relname as entry
      from grants g left join pg_roles r on r.oid = g.grantee
     where coalesce(r.rolname, 'public') <> ${OWNER}`.execute(db)
  return rows.map((row) => row.entry)
}

/** The triggers that fire whatever `session_replication_role` says. */
export async function listGuards(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select tgname as name from pg_trigger where tgenabled = 'A' and not tgisinternal`.execute(db)
  return rows.map((row) => row.name)
}
