import { copyFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runAs } from '../../test/support/database.ts'
import { type LogTables, openLogTables } from '../../test/support/log-tables.ts'
import { makePublishingFolders, type PublishingFolders } from '../../test/support/publishing.ts'
import { leavesOf, ReferenceTree } from '../../test/support/reference-tree.ts'
import { canMount, fillDisk, mountDisk, unmountDisks } from '../../test/support/small-disk.ts'
import { loadOwnLog, newLogKeyText } from './log-key.ts'
import { openTileFiles } from './tile-files.ts'
import { formatCheckpoint, openCheckpoint } from './tlog/checkpoint.ts'
import { rebuildFromTiles } from './tlog/rebuild.ts'

const leaves = leavesOf(700)
const tree = new ReferenceTree(leaves)
const MINUTES = 60_000
const refused = (reason: string, fields = {}) =>
  expect.objectContaining({ reason, fields: expect.objectContaining(fields) })

describe('publishing the log', () => {
  let tables: LogTables
  let folders: PublishingFolders

  beforeEach(async () => {
    tables = await openLogTables()
    folders = makePublishingFolders()
  })
  afterEach(async () => {
    await tables?.close()
    folders?.remove()
  })

  const query = <R extends object>(statement: string) =>
    runAs<R & Record<string, unknown>>(tables.database.ownerUrl, statement)
  const signedSizes = async () =>
    (await query<{ size: string }>('select size from audit_signing order by size')).map(({ size }) =>
      Number(size),
    )
  const published = async () =>
    (await query<{ note: string }>('select note from audit_checkpoint order by id')).map(({ note }) => note)
  const memory = () => readFileSync(join(folders.keysDirectory, 'log-signed'), 'utf8')
  const textOf = (size: number) =>
    formatCheckpoint({ origin: folders.log().origin, size, root: tree.root(size) })
  /** The published checkpoint, opened with the keys of the log, and the tree that its bundles make. */
  async function expectPublished(size: number): Promise<void> {
    const { checkpoint } = openCheckpoint(folders.checkpoint() ?? '', folders.log())
    expect(checkpoint).toMatchObject({ size, root: tree.root(size) })
    expect(await rebuildFromTiles(openTileFiles(folders.tlogDirectory).readTile, size)).toEqual(
      tree.root(size),
    )
    expect(memory()).toBe(textOf(size))
    expect((await published()).at(-1)).toBe(folders.checkpoint())
  }

  it('signs a tree once its files are there, records it in both memories, and keeps the checkpoint', async () => {
    const { publishOnce } = folders.start(tables.db)
    await tables.grow(leaves.slice(0, 3))
    expect(await publishOnce()).toBe(folders.checkpoint())
    await expectPublished(3)
    await tables.grow(leaves.slice(3, 300))
    await publishOnce()
    await expectPublished(300)
    expect(await signedSizes()).toEqual([3, 300])
  })

  it('has nothing to say of an empty tree, and says nothing twice', async () => {
    const { publishOnce } = folders.start(tables.db)
    expect(await publishOnce()).toBeUndefined()
    expect(folders.checkpoint()).toBeUndefined()
    await tables.grow(leaves.slice(0, 3))
    expect(await publishOnce()).toBeDefined()
    expect(await publishOnce()).toBeUndefined()
    expect(await published()).toHaveLength(1)
  })

  it('publishes again within the hour, so that silence means that something is wrong', async () => {
    let now = new Date('2026-03-04T05:00:00Z')
    const { publishOnce } = folders.start(tables.db, { clock: { now: () => now } })
    await tables.grow(leaves.slice(0, 3))
    await publishOnce()
    now = new Date(now.getTime() + 49 * MINUTES)
    expect(await publishOnce()).toBeUndefined()
    now = new Date(now.getTime() + 10 * MINUTES)
    expect(await publishOnce()).toBeDefined()
    expect(await published()).toHaveLength(2)
    // Somebody has set the clock right.
    now = new Date('2026-03-04T01:00:00Z')
    expect(await publishOnce()).toBeDefined()
    expect(await signedSizes()).toEqual([3])
  })

  it('publishes when a process starts, whatever was published before', async () => {
    await tables.grow(leaves.slice(0, 300))
    await folders.start(tables.db).publishOnce()
    rmSync(folders.tlogDirectory, { recursive: true })
    await folders.start(tables.db).publishOnce()
    await expectPublished(300)
  })

  it('publishes with the keys before and after a rotation', async () => {
    await tables.grow(leaves.slice(0, 3))
    const { publishOnce } = folders.start(tables.db)
    await publishOnce()
    const before = folders.log()
    const old = join(folders.keysDirectory, 'log.00000001.old.key')
    copyFileSync(join(folders.keysDirectory, 'log.key'), old)
    utimesSync(old, 1_000, 1_000)
    writeFileSync(join(folders.keysDirectory, 'log.key'), newLogKeyText(before.origin))
    await folders.start(tables.db).publishOnce()
    const after = { ...folders.log(), verifiers: folders.log().verifiers.slice(0, 1) }
    for (const reader of [before, after]) {
      expect(openCheckpoint(folders.checkpoint() ?? '', reader).checkpoint.size).toBe(3)
    }
  })

  describe('of a database that is not what it was', () => {
    /** Another database with these entries, and what it remembers of signing them. */
    async function restore(entries: readonly Buffer[], signed: readonly number[]): Promise<void> {
      await tables.close()
      tables = await openLogTables()
      await tables.grow(entries)
      for (const size of signed) {
        await tables.tamper('insert into audit_signing (size, root) values ($1, $2)', [size, tree.root(size)])
      }
    }
    const forget = () => rmSync(join(folders.keysDirectory, 'log-signed'))
    const rewritten = [...leaves.slice(0, 80), ...leavesOf(700).map((leaf) => Buffer.from(`other ${leaf}`))]
    let before: string | undefined

    beforeEach(async () => {
      const { publishOnce } = folders.start(tables.db)
      for (const size of [80, 100]) {
        await tables.grow(leaves.slice(size === 80 ? 0 : 80, size))
        await publishOnce()
      }
      before = folders.checkpoint()
    })
    async function expectRefusal(reason: string, fields = {}): Promise<void> {
      const [signed, notes] = [await signedSizes(), await published()]
      const { publishOnce } = folders.start(tables.db)
      await expect(publishOnce()).rejects.toEqual(refused(reason, fields))
      await expect(publishOnce()).rejects.toEqual(refused(reason, fields))
      expect(folders.checkpoint()).toBe(before)
      expect([await signedSizes(), await published()]).toEqual([signed, notes])
    }

    it('is refused when an older backup was put back, by the memory beside the key', async () => {
      await restore(leaves.slice(0, 80), [80])
      await expectRefusal('smaller', { 'tree.size': 80, 'tree.signed_size': 100 })
      expect(memory()).toBe(textOf(100))
    })

    it.each([100, 101, 300, 356])('is refused when it has grown to %i otherwise since', async (size) => {
      await restore(rewritten.slice(0, size), [80])
      await expectRefusal('other-root')
      expect(memory()).toBe(textOf(100))
    })

    it('goes on when it has grown again as it had before', async () => {
      await restore(leaves.slice(0, 300), [80])
      await folders.start(tables.db).publishOnce()
      await expectPublished(300)
    })

    it('is refused by the memory of the table when that beside the key is gone', async () => {
      forget()
      await restore(leaves.slice(0, 90), [80, 100])
      await expectRefusal('smaller', { 'tree.size': 90 })
      await restore(rewritten.slice(0, 300), [80, 100])
      await expectRefusal('other-root')
    })

    it('is refused when its tree was altered', async () => {
      await tables.tamper('update audit_tree set root = sha256(root)')
      await expectRefusal('other-root', { 'tree.size': 100 })
    })

    it('is refused when the two memories contradict each other', async () => {
      await tables.tamper('update audit_signing set root = sha256(root) where size = 100')
      await expectRefusal('other-root', { 'tree.size': 100 })
    })

    it('is refused to a key that was made anew under another name', async () => {
      rmSync(folders.keysDirectory, { recursive: true })
      await expectRefusal('other-log')
    })

    it('is signed as another log when somebody has named it', async () => {
      rmSync(folders.keysDirectory, { recursive: true })
      const log = loadOwnLog(folders.keysDirectory, 'log.example.org/second')
      await folders.start(tables.db, { log }).publishOnce()
      await expectPublished(100)
      expect(folders.checkpoint()).toMatch(/^log\.example\.org\/second\n100\n/)
    })

    it('is not signed when the memory beside the key cannot be read', async () => {
      for (const text of ['', 'what\n', textOf(100).replace(/^.*\n/, 'another.example.org/log\n')]) {
        writeFileSync(join(folders.keysDirectory, 'log-signed'), text)
        await expect(folders.start(tables.db).publishOnce()).rejects.toMatchObject({ code: 'keys-unusable' })
      }
      expect(folders.checkpoint()).toBe(before)
    })

    it('is refused while it is so, and signed when the right one is back', async () => {
      const [row] = await query<{ root: Buffer }>('select root from audit_tree')
      const { publishOnce } = folders.start(tables.db)
      await tables.tamper('update audit_tree set root = sha256(root)')
      await expect(publishOnce()).rejects.toEqual(refused('other-root'))
      await tables.tamper('update audit_tree set root = $1', [row?.root])
      await publishOnce()
      await expectPublished(100)
    })
  })

  it('goes on where another process has published meanwhile', async () => {
    await tables.grow(leaves.slice(0, 3))
    const stale = folders.start(tables.db)
    await stale.publishOnce()
    await tables.grow(leaves.slice(3, 10))
    await folders.start(tables.db).publishOnce()
    expect(await stale.publishOnce()).toBeDefined()
    await expectPublished(10)
  })

  it.runIf(canMount)('signs nothing on a full disk, and goes on when there is room', async () => {
    const disk = mountDisk('size=1m')
    const tlogDirectory = join(disk, 'tlog')
    mkdirSync(tlogDirectory)
    const { publishOnce } = folders.start(tables.db, { files: openTileFiles(tlogDirectory) })
    await tables.grow(leaves.slice(0, 3))
    await publishOnce()
    await tables.grow(leaves.slice(3))
    const ballast = fillDisk(disk)
    await expect(publishOnce()).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await signedSizes()).toEqual([3])
    rmSync(ballast)
    expect(await publishOnce()).toContain('\n700\n')
    expect(await rebuildFromTiles(openTileFiles(tlogDirectory).readTile, 700)).toEqual(tree.root(700))
    unmountDisks()
  })
})
