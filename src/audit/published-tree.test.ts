import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LogTables, openLogTables } from '../../test/support/log-tables.ts'
import { ReferenceTree } from '../../test/support/reference-tree.ts'
import { growTiles, openEdge } from './published-tree.ts'
import { openTileFiles } from './tile-files.ts'
import { decodeEntries, newTiles, subtreesOfTile, type Tile, tilePath } from './tlog/tile.ts'
import { TileEdge } from './tlog/tile-edge.ts'

/** Some are empty, some long, no two alike. */
const entriesOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => Buffer.from(`entry ${from + i} ${'x'.repeat((from + i) % 97)}`))
const refused = (reason: string, fields = {}) =>
  expect.objectContaining({ reason, fields: expect.objectContaining(fields) })
const root = mkdtempSync(join(tmpdir(), 'paraph-tiles-'))
let made = 0
const newFolder = () => {
  made += 1
  return join(root, String(made))
}
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
const pathsOf = (from: number, to: number) => [...newTiles(from, to)].map(tilePath)

describe('the published tree', () => {
  const SIZES = [1, 3, 255, 256, 257, 700, 4_096, 4_097, 5_000]
  const SIZE = SIZES.at(-1) as number
  const entries = entriesOf(0, SIZE)
  const tree = new ReferenceTree(entries)
  let tables: LogTables
  const headOf = (size: number) => ({ size, root: tree.root(size) })

  beforeAll(async () => {
    tables = await openLogTables()
    await tables.grow(entries)
  })
  afterAll(async () => {
    await tables?.close()
    rmSync(root, { recursive: true, force: true })
  })

  /** A folder with the log as it was published at each of these sizes. */
  async function publish(sizes: readonly number[]) {
    const folder = newFolder()
    const deps = { db: tables.db, files: openTileFiles(folder) }
    let edge = new TileEdge()
    for (const size of sizes) edge = await growTiles(deps, edge, headOf(size))
    return { folder, deps, edge }
  }
  function expectTile(folder: string, tile: Tile): void {
    const bytes = readFileSync(join(folder, tilePath(tile)))
    if (tile.level === 'entries') {
      const first = tile.index * 256
      expect(decodeEntries(bytes, tile.width)).toEqual(entries.slice(first, first + tile.width))
    } else {
      const subtrees = subtreesOfTile({ ...tile, level: tile.level })
      const hashes = subtrees.map(({ level, index }) =>
        tree.root((index + 1) * 2 ** level, index * 2 ** level),
      )
      expect(bytes).toEqual(Buffer.concat(hashes))
    }
  }

  it('has the files of the specification at every size that was published, of the bytes they stand for', async () => {
    const { folder } = await publish(SIZES)
    for (const tile of newTiles(0, SIZE)) expectTile(folder, tile)
    expect((await openEdge({ db: tables.db, files: openTileFiles(folder) }, headOf(SIZE))).root()).toEqual(
      tree.root(SIZE),
    )
  })

  it('is the same whether it grew by any steps or was made at once', async () => {
    const whole = (await publish([SIZE])).folder
    expect(filesOf(whole)).toEqual(pathsOf(0, SIZE).sort())
    const steps = fc.array(fc.integer({ min: 1, max: SIZE - 1 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(steps, async (sizes) => {
        const grown = (await publish([...sizes.sort((a, b) => a - b), SIZE])).folder
        for (const path of filesOf(whole)) {
          expect(readFileSync(join(grown, path))).toEqual(readFileSync(join(whole, path)))
        }
      }),
      { numRuns: 8 },
    )
  })

  it('keeps the partial tiles of earlier sizes until the full tile takes their place', async () => {
    const { folder, deps, edge } = await publish([3, 255])
    expect(readdirSync(join(folder, 'tile/0/000.p'))).toEqual(['255', '3'])
    await growTiles(deps, edge, headOf(256))
    expect(filesOf(folder)).toEqual(['tile/0/000', 'tile/1/000.p/1', 'tile/entries/000'])
  })

  it('is for nobody else to read', async () => {
    const { folder } = await publish([257])
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const found = statSync(join(folder, name))
      expect(found.mode & 0o777).toBe(found.isFile() ? 0o600 : 0o700)
    }
  })

  it('is not written again where it is right', async () => {
    const { folder, deps } = await publish([700])
    const before = filesOf(folder).map((path) => statSync(join(folder, path)).mtimeMs)
    await growTiles(deps, new TileEdge(), headOf(700))
    expect(filesOf(folder).map((path) => statSync(join(folder, path)).mtimeMs)).toEqual(before)
  })

  it.each([
    ['an old bundle is missing', (folder: string) => rmSync(join(folder, 'tile/entries/001'))],
    ['an old tile is missing', (folder: string) => rmSync(join(folder, 'tile/0/007'))],
    ['an old tile is cut short', (folder: string) => truncateSync(join(folder, 'tile/0/007'), 8_191)],
    ['a byte of the edge is another', (folder: string) => flip(join(folder, 'tile/0/019.p/136'))],
    ['a byte of a higher tile is another', (folder: string) => flip(join(folder, 'tile/1/000.p/19'))],
    ['the last bundle is damaged', (folder: string) => flip(join(folder, 'tile/entries/019.p/136'))],
    ['the whole folder is gone', (folder: string) => rmSync(folder, { recursive: true })],
  ])('is made again when %s', async (_, damage) => {
    const { folder, deps } = await publish([SIZE])
    damage(folder)
    const edge = await openEdge(deps, headOf(SIZE))
    expect(edge.root()).toEqual(tree.root(SIZE))
    for (const tile of newTiles(0, SIZE)) expectTile(folder, tile)
  })

  it('is taken up from a full tile whose partial one has just been removed', async () => {
    const { folder, deps } = await publish([255, 256])
    expect(existsSync(join(folder, 'tile/0/000.p'))).toBe(false)
    // As when a process ends before it could sign the tree of 256 leaves.
    expect((await growTiles(deps, await openEdge(deps, headOf(255)), headOf(700))).root()).toEqual(
      tree.root(700),
    )
  })

  it('is not touched when the tables lead to another root, or begin otherwise than what was signed', async () => {
    const { folder, deps, edge } = await publish([300])
    const before = filesOf(folder)
    const wrong = { size: 700, root: tree.root(699) }
    await expect(growTiles(deps, edge, wrong)).rejects.toEqual(refused('other-root', { 'tree.size': 700 }))
    const rewritten = new ReferenceTree(entriesOf(1, 301))
    const other = new TileEdge()
    for (let i = 0; i < 300; i += 1) other.append(rewritten.leafHash(i))
    await expect(growTiles(deps, other, headOf(700))).rejects.toEqual(refused('other-root'))
    expect(filesOf(folder)).toEqual(before)
  })
})

describe('the published tree of tables that somebody has altered', () => {
  const entries = entriesOf(0, 600)
  const head = { size: 600, root: new ReferenceTree(entries).root(600) }
  let tables: LogTables

  beforeEach(async () => {
    tables = await openLogTables()
    await tables.grow(entries)
  })
  afterEach(() => tables?.close())
  const publish = () => growTiles({ db: tables.db, files: openTileFiles(newFolder()) }, new TileEdge(), head)
  const event = '(select event_id from audit_leaf where leaf_index = 417)'

  it.each([
    ['a byte of an entry another', `update audit_event set leaf = set_byte(leaf, 0, 65) where id = ${event}`],
    ['an event missing', `delete from audit_event where id = ${event}`],
  ])('is not published with %s, and its index is named', async (_, statement) => {
    await tables.tamper(statement)
    await expect(publish()).rejects.toEqual(refused('other-entries', { 'tree.index': 417 }))
  })

  it.each([
    ['another hash', 'update audit_leaf set leaf_hash = sha256(leaf_hash) where leaf_index = 417'],
    ['a hash less', 'delete from audit_leaf where leaf_index = 599'],
  ])('is not published with %s', async (_, statement) => {
    await tables.tamper(statement)
    await expect(publish()).rejects.toEqual(refused('other-root'))
  })
})

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
  writeFileSync(path, bytes)
}
