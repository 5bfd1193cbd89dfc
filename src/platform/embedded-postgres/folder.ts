import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LOGINS } from '../database-roles.ts'
import { directoryUnusable, secretsUnusable, systemCodeOf } from './failures.ts'

/** The account PostgreSQL runs under when it is not our own. */
export type Account = { readonly uid: number; readonly gid: number }

export type Folder = {
  readonly root: string
  readonly data: string
  readonly run: string
  readonly log: string
  readonly secrets: string
  readonly lock: string
  readonly bootLog: string
  /** Undefined when PostgreSQL runs under our own account. */
  readonly account: Account | undefined
}

// `nobody` exists on every glibc system of today, and initdb refuses a uid that has no name.
const NOBODY: Account = { uid: 65_534, gid: 65_534 }

/** Makes the folder and its parts with their owners and modes, whatever the umask; safe to run twice at once. */
export async function openFolder(directory: string): Promise<Folder> {
  await makeWithParents(directory)
  const root = await realpath(directory)
  const account = await chooseAccount(join(root, 'data'))
  const folder = partsOf(root, account)
  const owner = await stat(root)
  if (account === undefined || owner.uid === account.uid) {
    await chmod(root, 0o700)
  } else {
    // The server crosses root to reach ../run and ../log; it may neither list nor write it.
    await chown(root, owner.uid, account.gid)
    await chmod(root, 0o710)
  }
  await makeFolder(folder.run, account)
  await makeFolder(folder.log, account)
  await makeFolder(folder.secrets, account === undefined ? undefined : { uid: owner.uid, gid: owner.gid })
  return folder
}

/** The places inside the folder, by its real path; whether they exist is not asked. */
export function partsOf(root: string, account: Account | undefined): Folder {
  return {
    root,
    data: join(root, 'data'),
    run: join(root, 'run'),
    log: join(root, 'log'),
    secrets: join(root, 'secrets'),
    lock: join(root, 'start.lock'),
    // Beside log/, not in it: root would follow a link planted by the account that owns log/.
    bootLog: join(root, 'boot.log'),
    account,
  }
}

/**
 * What to pass to `-D` for `data`, which must also be the working directory. When root hands the server to `nobody`,
 * the folder often lies under a home that `nobody` may not enter (0700). The working directory is set before the account
 * is dropped, and `/proc/self/cwd` leads to it without crossing its parents. So the data stays where the operator put it:
 * no second place to forget in a backup or to lose with a container, no mount right, no user namespace.
 * Every other path given to the server is relative to it.
 */
export function dataArgument(folder: Folder, data: string): string {
  return folder.account === undefined ? data : '/proc/self/cwd'
}

async function chooseAccount(data: string): Promise<Account | undefined> {
  const uid = process.getuid?.()
  // Not there yet: it will belong to whoever makes it.
  const owner = await stat(data).catch(() => undefined)
  if (uid !== 0) {
    if (owner === undefined || owner.uid === uid) return undefined
    throw directoryUnusable('other-account', 'It belongs to another account: start Paraph under that one.')
  }
  if (process.platform !== 'linux') {
    throw directoryUnusable(
      'root',
      'PostgreSQL refuses root on this system: start Paraph as an ordinary user.',
    )
  }
  // A cluster made by an ordinary user stays theirs when somebody starts it once with sudo.
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  if (owner !== undefined)
    throw directoryUnusable('owned-by-root', 'Its data must not belong to root: chown it.')
  return NOBODY
}

async function makeWithParents(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    // On a read-only disk Node's recursive form says ENOENT; the plain one says why.
    if (systemCodeOf(error) === 'ENOENT') await mkdir(directory, { mode: 0o700 })
    throw error
  }
}

/** Makes `path` when it is missing, then sets its owner and its mode 0700. */
export async function makeFolder(path: string, account: Account | undefined): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  }
  if (account !== undefined) await chown(path, account.uid, account.gid)
  await chmod(path, 0o700)
}

/** Writes a new 0600 file that is on disk before the call returns; `EEXIST` when the name is taken. */
export async function writePrivately(path: string, text: string, owner: Account | undefined): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.chmod(0o600)
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The superuser of the cluster and the logins of Paraph. */
export type PasswordHolder = 'postgres' | (typeof LOGINS)[number]
export type Passwords = Readonly<Record<PasswordHolder, string>>

/**
 * The passwords as 0600 files, made on first use. Call it with the start lock held. Those of the logins can be made
 * anew at any time (`ensureRoles` sets them); without the superuser's nobody can repair a cluster that exists:
 * throws `database-secrets-unusable`.
 */
export async function readPasswords(folder: Folder, clusterExists: boolean): Promise<Passwords> {
  if (clusterExists && (await readPassword(folder, 'postgres')) === undefined) throw secretsUnusable()
  return {
    postgres: await ensurePassword(folder, 'postgres'),
    paraph_migrate: await ensurePassword(folder, 'paraph_migrate'),
    paraph_app: await ensurePassword(folder, 'paraph_app'),
    paraph_integrator: await ensurePassword(folder, 'paraph_integrator'),
    paraph_eraser: await ensurePassword(folder, 'paraph_eraser'),
  }
}

async function ensurePassword(folder: Folder, role: PasswordHolder): Promise<string> {
  const known = await readPassword(folder, role)
  if (known !== undefined) return known
  const password = randomBytes(24).toString('base64url')
  const owner = await stat(folder.secrets)
  const fresh = `${passwordPath(folder, role)}.new`
  await rm(fresh, { force: true })
  await writePrivately(fresh, password, folder.account === undefined ? undefined : owner)
  // Renamed when complete: a crash leaves the whole password or none.
  await rename(fresh, passwordPath(folder, role))
  return password
}

/** The password of one login, or undefined when none was made. */
export async function readPassword(folder: Folder, role: PasswordHolder): Promise<string | undefined> {
  try {
    const text = await readFile(passwordPath(folder, role), 'utf8')
    return text === '' ? undefined : text
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function passwordPath(folder: Folder, role: PasswordHolder): string {
  return join(folder.secrets, `${role}.password`)
}
