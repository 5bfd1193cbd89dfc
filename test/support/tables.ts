import { runAs } from './database.ts'

type Column = { readonly name: string; readonly isBinary: boolean }
type Table = { readonly name: string; readonly columns: readonly Column[] }

/** The schemas of ours; that of the queue counts its jobs from time to time. */
const OURS = ['public', 'people'] as const
export const ALL_SCHEMAS = [...OURS, 'pgboss'] as const

/** Every table of some schemas. */
async function listTables(ownerUrl: string, schemas: readonly string[]): Promise<readonly Table[]> {
  return runAs<{ name: string; columns: Column[] }>(
    ownerUrl,
    `select format('%I.%I', n.nspname, c.relname) as name,
            json_agg(json_build_object('name', quote_ident(a.attname), 'isBinary', a.atttypid = 'bytea'::regtype)) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      where n.nspname = any($1) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      group by 1 order by 1`,
    [[...schemas]],
  )
}

/** All rows of all tables as JSON, one in a line, by table. */
export async function readTables(
  ownerUrl: string,
  schemas: readonly string[] = OURS,
): Promise<ReadonlyMap<string, string>> {
  const tables = new Map<string, string>()
  for (const { name } of await listTables(ownerUrl, schemas)) {
    const [row] = await runAs<{ text: string }>(
      ownerUrl,
      `select coalesce(string_agg(to_jsonb(t)::text, E'\\n' order by t::text), '') as text from ${name} t`,
    )
    tables.set(name, row?.text ?? '')
  }
  return tables
}

/** Every value of every column of bytes, by column. */
export async function readBinaries(ownerUrl: string): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const binaries = new Map<string, readonly Buffer[]>()
  for (const { name, columns } of await listTables(ownerUrl, ALL_SCHEMAS)) {
    for (const column of columns.filter(({ isBinary }) => isBinary)) {
      const rows = await runAs<{ bytes: Buffer }>(
        ownerUrl,
        `select ${column.name} as bytes from ${name} where ${column.name} is not null`,
      )
      binaries.set(
        `${name}.${column.name}`,
        rows.map(({ bytes }) => bytes),
      )
    }
  }
  return binaries
}
