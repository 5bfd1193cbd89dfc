import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOwnLog, type OwnLog } from '../../src/audit/log-key.ts'
import { createPublication, type Publication, type PublishDeps } from '../../src/audit/publish.ts'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Database } from '../../src/platform/database.ts'

export type PublishingFolders = {
  readonly keysDirectory: string
  readonly tlogDirectory: string
  /** The key of the folder, as a process reads it when it starts. */
  log(): OwnLog
  /** Publishes from `db`, as a process that has just started. */
  start(db: Database, options?: Partial<PublishDeps>): Publication
  /** The published checkpoint. */
  checkpoint(): string | undefined
  remove(): void
}

/** Where a log is published, and the key that signs it. */
export function makePublishingFolders(): PublishingFolders {
  const root = mkdtempSync(join(tmpdir(), 'paraph-publishing-'))
  const [keysDirectory, tlogDirectory] = [join(root, 'keys'), join(root, 'data', 'tlog')]
  const path = join(tlogDirectory, 'checkpoint')
  const log = () => loadOwnLog(keysDirectory)
  return {
    keysDirectory,
    tlogDirectory,
    log,
    start: (db, options = {}) =>
      createPublication({
        db,
        log: log(),
        keysDirectory,
        files: openTileFiles(tlogDirectory),
        witnesses: [],
        clock: systemClock,
        ...options,
      }),
    checkpoint: () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
