import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readBacklog } from '../audit/health-store.ts'
import { readTree } from '../audit/integrate-store.ts'
import { loadOwnLog } from '../audit/log-key.ts'
import { openCheckpoint } from '../audit/tlog/checkpoint.ts'
import { cosignatureVerifier } from '../audit/tlog/cosignature.ts'
import { parseVkey } from '../audit/tlog/note-key.ts'
import type { PublishedLog } from '../demo/report.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { SECOND } from '../platform/units.ts'

const PATIENCE_MS = 60 * SECOND

/**
 * Waits until every event that was committed so far is published under a checkpoint that the witness cosigned; tells
 * where. Undefined when that takes too long.
 */
export async function awaitPublishedLog(
  config: Config,
  tree: { readonly databaseUrl: string; readonly witnessVkey: string | undefined },
): Promise<PublishedLog | undefined> {
  const log = loadOwnLog(config.keysDirectory, config.logOrigin)
  const { databaseUrl, witnessVkey } = tree
  const witnesses = witnessVkey === undefined ? [] : [cosignatureVerifier(parseVkey(witnessVkey))]
  const db = openDatabase(databaseUrl, { applicationName: 'paraph-command', maxConnections: 1 })
  try {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(100)) {
      const size = await sizeOfWholeTree(db)
      // Nothing is published yet.
      const text = await readFile(join(config.tlogDirectory, 'checkpoint'), 'utf8').catch(() => undefined)
      if (size === undefined || text === undefined) continue
      const { checkpoint, cosignatures } = openCheckpoint(text, log, witnesses)
      if (checkpoint.size >= size && cosignatures.length === witnesses.length) {
        return {
          dir: config.tlogDirectory,
          origin: log.origin,
          vkey: log.vkeys[0] ?? '',
          size: checkpoint.size,
          witnessVkey: witnessVkey ?? null,
        }
      }
    }
    return undefined
  } finally {
    await db.destroy()
  }
}

/** Undefined while events are on their way. */
async function sizeOfWholeTree(db: Database): Promise<number | undefined> {
  const { pending, spooled } = await readBacklog(db)
  return pending + spooled === 0 ? (await readTree(db)).size : undefined
}
