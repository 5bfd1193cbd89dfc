import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { listColumns } from '../support/columns.ts'
import { runAs } from '../support/database.ts'
import type { Output } from './ledger.ts'

/** What an installation has left behind, read by somebody who may read everything. */
export type Installation = {
  readonly folder: string
  /** Connection of the superuser. */
  readonly ownerUrl: string
}

/** Files of a folder whose names match; a file that goes meanwhile is nobody's. */
function filesOf(folder: string, matches: (path: string) => boolean): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return paths.filter(
    (path) => matches(path) && statSync(join(folder, path), { throwIfNoEntry: false })?.isFile(),
  )
}

const read = (folder: string, matches: (path: string) => boolean): Output[] =>
  filesOf(folder, matches).map((path) => ({ name: path, content: readFileSync(join(folder, path)) }))

/** All log files, those that were rotated away too. */
export const logFiles = ({ folder }: Installation): Output[] => read(join(folder, 'logs'), () => true)

/** The log of PostgreSQL, and what it wrote before it had one. */
export function postgresLogs({ ownerUrl }: Installation): Output[] {
  const socket = new URL(ownerUrl).searchParams.get('host') ?? ''
  return read(dirname(socket), (path) => path === 'boot.log' || path.startsWith('log/'))
}

/** The names of all files and folders. */
export function fileNames({ folder }: Installation): Output[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => relative('', path))
  return [{ name: 'names of files', content: names.join('\n') }]
}

const IS_HOME = /^(logs|postgres)\/|^blobs\/[0-9a-f]{2}\/|^work\/uploads\/[0-9a-f-]{36}$/

/** What lies in the folder besides the logs, the database and the documents, which are there lawfully. */
export const otherFiles = ({ folder }: Installation): Output[] => read(folder, (path) => !IS_HOME.test(path))

/** The rows of the queue, whole. */
export async function queueTables({ ownerUrl }: Installation): Promise<Output[]> {
  const tables = await runAs<{ name: string }>(
    ownerUrl,
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'pgboss'`,
  )
  return Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await runAs<{ text: string }>(
        ownerUrl,
        `select coalesce(string_agg(t::text, E'\\n'), '') as text from pgboss.${name} t`,
      )
      return { name: `pgboss.${name}`, content: row?.text ?? '' }
    }),
  )
}

/** The columns that are classified public or internal: whatever names somebody is in the wrong one. */
export async function plainColumns({ ownerUrl }: Installation): Promise<Output[]> {
  const plain = listColumns().filter((column) => column.class === 'public' || column.class === 'internal')
  const selects = plain.map(
    ({ schema, table, column }) =>
      `select '${schema}.${table}.${column}' as name, coalesce(string_agg("${column}"::text, E'\\n'), '') as content
         from ${schema}."${table}"`,
  )
  return runAs<{ name: string; content: string }>(ownerUrl, selects.join(' union all '))
}

/** The sealed values, as they are stored. */
export async function sealedValues({ ownerUrl }: Installation): Promise<Output[]> {
  const rows = await runAs<{ name: string; sealed: Buffer }>(
    ownerUrl,
    `select 'audit_sealed' as name, sealed from audit_sealed
      union all select 'batch.file_name_sealed', file_name_sealed from batch where file_name_sealed is not null
      union all select 'upload.file_name_sealed', file_name_sealed from upload where file_name_sealed is not null`,
  )
  return rows.map(({ name, sealed }) => ({ name, content: sealed }))
}
