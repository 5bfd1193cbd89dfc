import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createAppendEvent } from '../audit/append.ts'
import { hasLogKey, loadOwnLog, type OwnLog } from '../audit/log-key.ts'
import { recordOperatorRead } from '../audit/record-operator-read.ts'
import { openTileFiles } from '../audit/tile-files.ts'
import { connectWitness } from '../audit/witness-client.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { findEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { AppError } from '../platform/errors.ts'
import { type Keys, loadKeys, operatorRef } from '../platform/keys.ts'
import { SECOND } from '../platform/units.ts'

/** The application's login, with time for statements that read the whole log. The embedded database is not started. */
export async function openLogDatabase(config: Config): Promise<Database> {
  const url = config.databaseUrl ?? (await findEmbedded(config))
  return openDatabase(url, {
    applicationName: 'paraph-command',
    maxConnections: 2,
    connectTimeoutMs: 5 * SECOND,
  })
}

async function findEmbedded(config: Config): Promise<string> {
  const found = await findEmbeddedPostgres(join(config.dataDirectory, 'postgres'))
  if (found.state === 'running') return found.urls.app
  throw new AppError('database-unavailable', { title: 'The database does not run: start Paraph first.' })
}

const KEYS = ['session', 'sealing', 'mac', 'master']

/** The keys of this installation, if all of them are here: looking makes none. */
export function findKeys({ keysDirectory }: Config): Keys | undefined {
  const areHere = KEYS.every((name) => existsSync(join(keysDirectory, `${name}.key`)))
  return areHere ? loadKeys(keysDirectory) : undefined
}

/** What notes that the log is handed out. Throws `invalid-settings` without the keys: no event is made of new ones. */
export function getOperatorReader(config: Config, db: Database) {
  const keys = findKeys(config)
  if (keys === undefined) {
    throw new AppError('invalid-settings', {
      title: 'PARAPH_KEYS must be the folder of keys of the installation whose database this is.',
    })
  }
  const appendEvent = createAppendEvent({ keys })
  const ref = operatorRef(keys, process.getuid?.() ?? 0)
  return { keys, recordRead: recordOperatorRead({ db, appendEvent, operatorRef: ref }) }
}

/** The log of this installation, if its key is here. */
export function findOwnLog(config: Config): OwnLog | undefined {
  return hasLogKey(config.keysDirectory) ? loadOwnLog(config.keysDirectory, config.logOrigin) : undefined
}

/** As `findOwnLog`. Throws `checkpoint-unusable` without a key. */
export function getOwnLog(config: Config): OwnLog {
  const log = findOwnLog(config)
  if (log) return log
  throw new AppError('checkpoint-unusable', {
    title: 'The key of the log is not here: PARAPH_KEYS must be the folder of this installation.',
  })
}

export function openPublished(config: Config) {
  return openTileFiles(config.tlogDirectory)
}

export function witnessVerifiers(config: Config) {
  return config.witnesses.map((witness) => connectWitness(witness).verifier)
}
