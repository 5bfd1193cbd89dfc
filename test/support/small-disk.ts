import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROBE = 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d" && rmdir "$d"'

/** Whether disks of our own can be made: a mount is root's affair, and some containers refuse it even to root. */
export const canMount = process.getuid?.() === 0 && spawnSync('sh', ['-c', PROBE]).status === 0

const mounts: string[] = []

/** Mounts a disk in memory, with options such as `size=64k` or `ro`, on a folder of its own unless one is named; returns it. */
export function mountDisk(options: string, folder = mkdtempSync(join(tmpdir(), 'paraph-disk-'))): string {
  mounts.push(folder)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (status !== 0) throw new Error('cannot mount')
  return folder
}

/** Uses up all that is free, but for some bytes; returns the file to remove for room. */
export function fillDisk(folder: string, leftBytes = 0): string {
  const { bavail, bsize } = statfsSync(folder)
  const ballast = join(folder, 'ballast')
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - leftBytes))
  return ballast
}

/** Removes all disks that were mounted here. */
export function unmountDisks(): void {
  for (const folder of mounts.splice(0)) {
    spawnSync('umount', [folder])
    rmSync(folder, { recursive: true, force: true })
  }
}
