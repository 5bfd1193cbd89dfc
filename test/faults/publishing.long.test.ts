import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { type OpenedCheckpoint, openCheckpoint } from '../../src/audit/tlog/checkpoint.ts'
import { rebuildFromTiles } from '../../src/audit/tlog/rebuild.ts'
import { FAULT_POINTS } from '../../src/platform/fault-points.ts'
import { runAs } from '../support/database.ts'
import { type LogTables, openLogTables } from '../support/log-tables.ts'
import { makePublishingFolders, type PublishingFolders } from '../support/publishing.ts'
import { leavesOf, ReferenceTree } from '../support/reference-tree.ts'

const urlOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)

/** A process that publishes once, as the worker does, and is killed where the fault file says. */
const CHILD = `
  import { armFaults } from ${urlOf('../../src/bin/faults.ts')}
  import { openDatabase } from ${urlOf('../../src/platform/database.ts')}
  import { loadOwnLog } from ${urlOf('../../src/audit/log-key.ts')}
  import { createPublication } from ${urlOf('../../src/audit/publish.ts')}
  import { openTileFiles } from ${urlOf('../../src/audit/tile-files.ts')}
  const [databaseUrl, keysDirectory, tlogDirectory, faultFile] = process.argv.slice(1)
  armFaults(faultFile)
  const db = openDatabase(databaseUrl, { applicationName: 'paraph-test', maxConnections: 1 })
  const publication = createPublication({
    db, keysDirectory, log: loadOwnLog(keysDirectory), files: openTileFiles(tlogDirectory), witnesses: [],
    clock: { now: () => new Date() },
  })
  await publication.publishOnce()
  await db.destroy()`

describe('a process that is killed while it publishes the log', () => {
  const STEP = 300
  const POINTS = FAULT_POINTS.filter((point) => point.startsWith('publish.'))
  const leaves = leavesOf((2 * POINTS.length + 2) * STEP)
  const tree = new ReferenceTree(leaves)
  let tables: LogTables
  let folders: PublishingFolders
  let faultFile = ''
  let size = 0

  beforeAll(async () => {
    tables = await openLogTables()
    folders = makePublishingFolders()
    faultFile = join(folders.keysDirectory, 'fault')
    await grow()
    await folders.start(tables.db).publishOnce()
  })
  afterAll(async () => {
    await tables?.close()
    folders?.remove()
  })

  async function grow(): Promise<void> {
    await tables.grow(leaves.slice(size, size + STEP))
    size += STEP
  }
  function runChild() {
    const args = [tables.database.integratorUrl, folders.keysDirectory, folders.tlogDirectory, faultFile]
    return spawn(process.execPath, ['--input-type=module', '-e', CHILD, ...args], { stdio: 'inherit' })
  }
  /** What anybody finds who comes now: a signed checkpoint, and the entries that lead to its root. */
  async function readPublished(): Promise<OpenedCheckpoint['checkpoint']> {
    const { checkpoint } = openCheckpoint(folders.checkpoint() ?? '', folders.log())
    const { readTile } = openTileFiles(folders.tlogDirectory)
    expect(checkpoint.root).toEqual(tree.root(checkpoint.size))
    expect(await rebuildFromTiles(readTile, checkpoint.size)).toEqual(checkpoint.root)
    return checkpoint
  }

  it.each(POINTS)(
    'at %s leaves a log that can be read, and the next one publishes the rest of it',
    async (point) => {
      const before = (await readPublished()).size
      await grow()
      writeFileSync(faultFile, `${point} 1 self`)
      expect(await once(runChild(), 'exit')).toEqual([null, 'SIGKILL'])
      expect(existsSync(faultFile), 'the fault must have struck').toBe(false)
      expect([before, size]).toContain((await readPublished()).size)
      await grow()
      expect(await once(runChild(), 'exit')).toEqual([0, null])
      expect((await readPublished()).size).toBe(size)
    },
  )

  it('has signed one root for each size, that of the tree, and published nothing that was not recorded before', async () => {
    const rows = await runAs<{ size: string; root: Buffer }>(
      tables.database.ownerUrl,
      'select size, root from audit_signing',
    )
    expect(rows.length).toBeGreaterThan(POINTS.length)
    for (const row of rows) expect(row.root).toEqual(tree.root(Number(row.size)))
    const notes = await runAs<{ note: string }>(tables.database.ownerUrl, 'select note from audit_checkpoint')
    for (const { note } of notes) {
      const { checkpoint } = openCheckpoint(note, folders.log())
      expect(rows).toContainEqual({ size: String(checkpoint.size), root: checkpoint.root })
    }
  })
})
