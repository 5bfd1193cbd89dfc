import { growTree, insertLeaves, readTree } from '../../src/audit/integrate-store.ts'
import { Frontier, hashLeaf } from '../../src/audit/tlog/merkle.ts'
import { type Database, inTransaction, openDatabase } from '../../src/platform/database.ts'
import { newRef } from '../../src/platform/ids.ts'
import { createTestDatabase, runAs, type TestDatabase } from './database.ts'

export type LogTables = {
  readonly database: TestDatabase
  /** As the integrator's login. */
  readonly db: Database
  /** Brings these entries into the tree, as the integrator does with events that it has checked. */
  grow(entries: readonly Buffer[]): Promise<void>
  /** As the superuser, with every trigger that could object out of the way. */
  tamper(statement: string, values?: unknown[]): Promise<void>
  close(): Promise<void>
}

/** The tables of the log alone, whose entries are any bytes: what publishing is a function of. */
export async function openLogTables(): Promise<LogTables> {
  const database = await createTestDatabase()
  const db = openDatabase(database.integratorUrl, { applicationName: 'paraph-test', maxConnections: 3 })
  const streamRef = newRef()
  return {
    database,
    db,
    grow: async (entries) => {
      const { size, frontier } = await readTree(db)
      const ids = await insertEvents(database, streamRef, size, entries)
      const edge = Frontier.of(size, frontier)
      const leaves = entries.map((entry, i) => {
        edge.appendLeaf(entry)
        return { eventId: ids[i] as string, leafHash: hashLeaf(entry), quarantine: null }
      })
      const grown = { size: edge.size, frontier: edge.hashes(), root: edge.root() }
      await inTransaction(db, async (tx) => {
        await insertLeaves(tx, size, leaves)
        await growTree(tx, size, grown)
      })
    },
    tamper: async (statement, values = []) => {
      const tables = ['audit_event', 'audit_leaf', 'audit_tree', 'audit_signing', 'audit_checkpoint']
      await runAs(
        database.ownerUrl,
        tables.map((table) => `alter table ${table} disable trigger user`).join(';'),
      )
      await runAs(database.ownerUrl, statement, values)
    },
    close: async () => {
      await db.destroy()
      await database.drop()
    },
  }
}

async function insertEvents(
  { ownerUrl }: TestDatabase,
  streamRef: string,
  first: number,
  entries: readonly Buffer[],
): Promise<readonly string[]> {
  const rows = await runAs<{ id: string }>(
    ownerUrl,
    `insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, occurred_at, metadata, leaf, mac)
     select 'system', $1, $2 + ordinality, 'VALIDATE', 'system', 'request-0001', now(), '{}', leaf,
            decode(repeat('00', 36), 'hex')
       from unnest($3::bytea[]) with ordinality as entry (leaf, ordinality) order by ordinality
     returning id`,
    [streamRef, first, entries],
  )
  return rows.map(({ id }) => id)
}
