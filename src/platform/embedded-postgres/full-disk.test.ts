import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  isRoot,
  makeTemporaryFolder,
  query,
  removeTemporaryFolders,
  startElsewhere,
} from '../../../test/support/postgres-trial.ts'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'

// A disk of our own is a mount, which is root's affair; some containers refuse it even to root.
const mounts: string[] = []
function mountDisk(options: string): string {
  const folder = makeTemporaryFolder()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (status !== 0) throw new Error('cannot mount')
  mounts.push(folder)
  return folder
}
const unmount = (folder: string) => spawnSync('umount', [folder]).status === 0
const canMount =
  isRoot &&
  spawnSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d" && rmdir "$d"'])
    .status === 0

function fill(folder: string): string {
  const file = join(folder, 'ballast')
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(file, Buffer.alloc(bavail * bsize))
  return file
}

afterAll(async () => {
  for (const folder of mounts) unmount(folder)
  await removeTemporaryFolders()
})

describe.skipIf(!canMount)('a start on a disk that is full or read-only (needs root, to mount one)', () => {
  it('says that the disk is full when there is no room for a new cluster, and works once there is', async () => {
    const disk = mountDisk('size=160m')
    const ballast = fill(disk)
    const directory = join(disk, 'postgres')
    expect(await startElsewhere(directory)).toMatchObject({
      code: 'database-directory-unusable',
      reason: 'ENOSPC',
    })
    rmSync(ballast)
    const server = await startEmbeddedPostgres({ directory })
    expect(await query(server.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  it('says so when the disk has filled up behind a cluster, which is whole once there is room', async () => {
    const disk = mountDisk('size=160m')
    const directory = join(disk, 'postgres')
    const first = await startEmbeddedPostgres({ directory })
    await query(first.urls.migrate, 'create table kept as select 42 as answer')
    await first.stop()
    const ballast = fill(disk)
    expect(await startElsewhere(directory)).toMatchObject({
      code: 'database-start-failed',
      reason: 'disk-full',
    })
    rmSync(ballast)
    const second = await startEmbeddedPostgres({ directory })
    expect(await query(second.urls.migrate, 'select answer from kept')).toEqual([{ answer: 42 }])
    await second.stop()
  })

  it('says that the disk is read-only', async () => {
    const disk = mountDisk('size=1m,ro')
    expect(await startElsewhere(join(disk, 'postgres'))).toMatchObject({
      code: 'database-directory-unusable',
      reason: 'EROFS',
    })
  })
})
