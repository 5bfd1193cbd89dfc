import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { query, startElsewhere } from '../../../test/support/postgres-trial.ts'
import { canMount, fillDisk, mountDisk, unmountDisks } from '../../../test/support/small-disk.ts'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'

afterAll(unmountDisks)

describe.skipIf(!canMount)('a start on a disk that is full or read-only (needs root, to mount one)', () => {
  it('says that the disk is full when there is no room for a new cluster, and works once there is', async () => {
    const disk = mountDisk('size=160m')
    const ballast = fillDisk(disk)
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
    const ballast = fillDisk(disk)
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
