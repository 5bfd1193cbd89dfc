import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { MINUTE } from '../units.ts'
import { directoryUnusable, diskState, startFailed, systemCodeOf } from './failures.ts'
import { dataArgument, type Folder, makeFolder, writePrivately } from './folder.ts'
import { clusterNameOf, processesOf, signal } from './processes.ts'

const SERVER_MAJOR = '18'

/** The programs find their own parts; nothing of our environment may reach the server. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const

/** Whether the data folder holds a complete cluster of our version; throws when it holds anything else. */
export async function hasCluster(folder: Folder): Promise<boolean> {
  // Without it, what else lies in the folder decides.
  const version = await readFile(join(folder.data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version?.trim() === SERVER_MAJOR) return true
  if (version !== undefined) {
    throw new AppError('database-version-mismatch', {
      title: `The database folder was made by PostgreSQL ${/^\d+/.exec(version)?.[0] ?? '?'}, this Paraph brings PostgreSQL ${SERVER_MAJOR}: restore a backup into a new folder.`,
    })
  }
  const content = await readdir(folder.data).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  })
  if (content.length === 0) return false
  throw directoryUnusable(
    'not-a-cluster',
    'Its "data" part holds something else than a database: move that away.',
  )
}

/**
 * Makes the cluster with initdb, beside its final place: `data` appears whole, by one rename, or not at all.
 * The start lock must be held. Throws `database-start-failed`.
 */
export async function initializeCluster(folder: Folder, binaries: string, password: string): Promise<void> {
  const fresh = `${folder.data}.new`
  await removeUnfinished(folder, fresh)
  await makeFolder(fresh, folder.account)
  const clusterName = await clusterNameOf(fresh)
  // In run/, which the server's account can reach as ../run; it is that account's only while initdb reads it.
  const passwordFile = join(folder.run, `initdb-${randomBytes(6).toString('hex')}`)
  await rm(folder.bootLog, { force: true })
  const log = await open(folder.bootLog, 'wx', 0o600)
  try {
    await writePrivately(passwordFile, password, folder.account)
    const code = await new Promise<number | null>((resolve, reject) => {
      const args = [
        ...['-D', dataArgument(folder, fresh), '-U', 'postgres', `--pwfile=../run/${basename(passwordFile)}`],
        ...[
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
        ],
        ...['--locale=C', '--data-checksums', '--no-instructions'],
      ]
      const child = spawn(join(binaries, 'bin', 'initdb'), args.concat('-c', `cluster_name=${clusterName}`), {
        cwd: fresh,
        env: SERVER_ENVIRONMENT,
        stdio: ['ignore', log.fd, log.fd],
        timeout: 5 * MINUTE,
        // In a group of its own: Ctrl-C must not cut it.
        detached: true,
        ...folder.account,
      })
      child.on('error', reject)
      child.on('exit', resolve)
    })
    if (code !== 0)
      throw startFailed(
        'initialize',
        (await readFile(folder.bootLog, 'utf8')) + (await diskState(folder.root)),
      )
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    throw error
  } finally {
    await log.close()
    await rm(passwordFile, { force: true })
  }
  await rename(fresh, folder.data)
  const handle = await open(folder.root)
  await handle.sync()
  await handle.close()
}

/** A start that was killed leaves a part of a cluster, its password file, and perhaps an initdb that still runs. */
async function removeUnfinished(folder: Folder, fresh: string): Promise<void> {
  for (const name of await readdir(folder.run)) {
    if (name.startsWith('initdb-')) await rm(join(folder.run, name), { force: true })
  }
  // What cannot be read is not a part that a start of ours left.
  const isThere = await readdir(fresh).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  for (let left = await processesOf(fresh); left.length > 0; left = await processesOf(fresh)) {
    for (const pid of left) signal(pid, 'SIGKILL')
    await sleep(20)
  }
  await rm(fresh, { recursive: true, force: true, maxRetries: 5 })
}
