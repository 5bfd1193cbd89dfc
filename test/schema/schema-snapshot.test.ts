import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../support/database.ts'

/** The schema after all migrations, in one place for reviews. `npm test -- -u` rewrites it. */
const PARTS: Readonly<Record<string, string>> = {
  columns: `
    select format('%s.%s %s%s%s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
                  case when a.attnotnull then ' not null' else '' end,
                  case when d.adbin is null then '' else ' default ' || pg_get_expr(d.adbin, d.adrelid) end) as line
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('public', 'people')
     order by c.oid::regclass::text, a.attnum`,
  constraints: `
    select format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line
      from pg_constraint
     where connamespace::regnamespace::text in ('public', 'people') and contype <> 'n' order by 1`,
  indexes: `select indexdef as line from pg_indexes where schemaname in ('public', 'people') order by 1`,
  triggers: `
    select format('%s [%s]', pg_get_triggerdef(oid), tgenabled) as line
      from pg_trigger where not tgisinternal order by 1`,
  grants: `
    select format('%s.%s: %s', table_schema, table_name, string_agg(privilege_type, ', ' order by privilege_type)) as line
      from information_schema.role_table_grants
     where grantee = 'paraph_app' and table_schema in ('public', 'people')
     group by table_schema, table_name order by 1`,
}

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

it('the schema is the one that was reviewed (db/schema.sql)', async () => {
  const sections: string[] = []
  for (const [name, query] of Object.entries(PARTS)) {
    const rows = await runAs<{ line: string }>(database.ownerUrl, query)
    sections.push(`-- ${name}\n${rows.map(({ line }) => line).join('\n')}`)
  }
  await expect(`${sections.join('\n\n')}\n`).toMatchFileSnapshot('../../db/schema.sql')
})
