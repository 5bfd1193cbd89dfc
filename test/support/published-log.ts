import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drainSpool } from '../../src/audit/drain-spool.ts'
import { integrateBatch } from '../../src/audit/integrate.ts'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import { createPublication } from '../../src/audit/publish.ts'
import { recordGaps } from '../../src/audit/record-gaps.ts'
import { readSignedHead } from '../../src/audit/signed-head.ts'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import type { KeptHead } from '../../src/audit/tree-check.ts'
import { type VerifyDeps, type VerifyReport, verifyLog } from '../../src/audit/verify.ts'
import { withLogSnapshot } from '../../src/audit/verify-store.ts'
import { runInBackground } from '../../src/observability/background.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { withConnection } from '../../src/platform/connection.ts'
import { openAuditStreams } from './audit-streams.ts'

const TABLES = [
  ...['audit_event', 'audit_leaf', 'audit_tree', 'audit_pending', 'audit_signing', 'audit_checkpoint'],
  ...['audit_sealed', 'audit_stream_key', 'audit_spool', 'audit_system_stream', 'exam'],
]

export type PublishedLog = Awaited<ReturnType<typeof openPublishedLog>>

/** A log on a database and in a folder of its own, as the worker keeps one, and the ways to grow, verify and spoil it. */
export async function openPublishedLog(streamCount: number) {
  const streams = await openAuditStreams(streamCount)
  const { database, integrator, keys, appendEvent, refs } = streams
  const folder = mkdtempSync(join(tmpdir(), 'paraph-log-'))
  const keysDirectory = join(folder, 'keys')
  const tlogDirectory = join(folder, 'tlog')
  const log = loadOwnLog(keysDirectory, 'example.org/log')
  const files = openTileFiles(tlogDirectory)
  const openPublication = () =>
    createPublication({ db: integrator, log, keysDirectory, files, witnesses: [], clock: systemClock })
  let publication = openPublication()

  let dumps = 0

  /** What only a superuser can do: statements on tables whose triggers are disabled. */
  const asSuperuser = (statements: readonly string[]) =>
    withConnection(database.ownerUrl, { applicationName: 'paraph-test' }, async (client) => {
      const switches = TABLES.map((table) => `alter table ${table} disable trigger all`)
      await client.query(['begin', 'set local session_replication_role = replica', ...switches].join(';'))
      for (const statement of statements) await client.query(statement)
      await client.query('commit')
    })
  const integrate = () => runInBackground(() => integrateBatch({ db: integrator, keys }))
  const publish = () => runInBackground(() => publication.publishOnce())

  /** So many events, spread over the streams; every fifth has a sealed member. */
  async function append(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const ref = refs[i % refs.length]
      if (ref) await streams.append(ref, { isSealed: i % 5 === 0 })
    }
  }

  async function verify(others: Partial<VerifyDeps> = {}): Promise<VerifyReport> {
    const checkpoint = await files.readCheckpoint()
    const signed = readSignedHead(keysDirectory, log.origin)
    const signer: readonly KeptHead[] = signed ? [{ keeper: 'signer', ...signed }] : []
    return withLogSnapshot(database.db, (source) =>
      verifyLog({
        source,
        keys,
        log,
        published: checkpoint === undefined ? undefined : { checkpoint, readTile: files.readTile },
        ...others,
        kept: [...signer, ...(others.kept ?? [])],
      }),
    )
  }

  return {
    ...streams,
    log,
    files,
    folder,
    keysDirectory,
    tlogDirectory,
    append,
    appendTo: streams.append,
    integrate,
    publish,
    verify,
    /** Appends, brings into the tree and publishes. */
    grow: async (count: number) => {
      await append(count)
      await integrate()
      return publish()
    },
    repair: () =>
      runInBackground(async () => {
        await drainSpool({ db: integrator, keys })
        await recordGaps({ db: database.db, appendEvent })
      }),
    /** The publisher as after a restart: it remembers nothing but what is on disk. */
    restartPublisher: () => {
      publication = openPublication()
    },
    readFile: (path: string) => readFileSync(join(tlogDirectory, path)),
    tamper: (...statements: readonly string[]) => asSuperuser(statements),
    /** Keeps the tables as they are, as a dump does; returns what puts them back. */
    dump: async () => {
      dumps += 1
      const schema = `dump_${dumps}`
      await asSuperuser([
        `create schema ${schema}`,
        ...TABLES.map((table) => `create table ${schema}.${table} as table ${table}`),
      ])
      return () =>
        asSuperuser([
          ...TABLES.map((table) => `delete from ${table}`),
          ...TABLES.map(
            (table) => `insert into ${table} overriding system value select * from ${schema}.${table}`,
          ),
        ])
    },
    close: async () => {
      await streams.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
