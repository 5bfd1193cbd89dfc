import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrateAll } from '../../src/bin/migrate.ts'
import { withConnection } from '../../src/platform/connection.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseOwnerUrl: string
    databaseAppUrl: string
    databaseIntegratorUrl: string
    databaseEraserUrl: string
  }
}

/** Behind it comes the number of the run's process: a second run that starts now must see at once whose the folder is. */
const PREFIX = 'paraph-tests-'

/** One PostgreSQL for the whole run, migrated once; each test file clones it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  removeLeftovers()
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const cluster = join(directory, 'postgres')
  mkdirSync(cluster, { recursive: true })
  const postgres = await startEmbeddedPostgres({ directory: cluster })
  await forgoDurability(postgres.urls.owner)
  await migrateAll({ migrateUrl: postgres.urls.migrate })
  project.provide('databaseOwnerUrl', postgres.urls.owner)
  project.provide('databaseAppUrl', postgres.urls.app)
  project.provide('databaseIntegratorUrl', postgres.urls.integrator)
  project.provide('databaseEraserUrl', postgres.urls.eraser)
  return async () => {
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Nobody needs these rows after a crash of the machine, and the disk is the slowest part of most tests. */
async function forgoDurability(ownerUrl: string): Promise<void> {
  await withConnection(ownerUrl, { applicationName: 'paraph-test' }, async (client) => {
    await client.query('alter system set fsync = off')
    await client.query('alter system set full_page_writes = off')
    await client.query('select pg_reload_conf()')
  })
}

/** A run that was killed leaves its database running: stop it and remove its folder. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const directory = join(tmpdir(), name)
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    // Another run may be removing it at this moment.
    const uid = statSync(directory, { throwIfNoEntry: false })?.uid
    if (uid !== process.getuid?.() || isRunning(owner)) continue
    const postmaster = readPid(join(directory, 'postgres', 'data', 'postmaster.pid'))
    if (postmaster && isRunning(postmaster)) process.kill(postmaster, 'SIGQUIT')
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

function readPid(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8').split('\n')[0]) || undefined
  } catch {
    return undefined
  }
}

function isRunning(pid: number | undefined): boolean {
  if (!pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
