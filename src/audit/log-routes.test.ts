import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildFrame } from '../../test/support/frame.ts'
import { leavesOf, ReferenceTree } from '../../test/support/reference-tree.ts'
import { logRoutes } from './log-routes.ts'
import { openTileFiles } from './tile-files.ts'
import { decodeEntries, encodeEntries, newTiles, type Tile, tilePath } from './tlog/tile.ts'

const SIZE = 300
const leaves = leavesOf(SIZE)
const tree = new ReferenceTree(leaves)
const readKeys = () => ({ vkeys: ['example.org/log+00000000+AA=='], witnesses: [] })
const SIGNED_IN = { cookie: 'account=auditor' }

function contentOf(tile: Tile): Buffer {
  const first = tile.index * 256
  if (tile.level === 'entries') return encodeEntries(leaves.slice(first, first + tile.width))
  const height = 256 ** tile.level
  const hashes = Array.from({ length: tile.width }, (_, i) =>
    tree.root((first + i + 1) * height, (first + i) * height),
  )
  return Buffer.concat(hashes)
}

describe('the published log over HTTP', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-log-routes-'))
  const tlogDirectory = join(root, 'tlog')
  const apps: FastifyInstance[] = []
  let reads: string[] = []

  beforeAll(async () => {
    const files = openTileFiles(tlogDirectory)
    await files.write([...newTiles(0, SIZE)].map((tile) => ({ tile, bytes: contentOf(tile) })))
    await files.writeCheckpoint('a checkpoint\n')
    writeFileSync(join(root, 'secret'), 'secret')
    writeFileSync(join(tlogDirectory, 'tile/0/000.new'), 'half')
  })
  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())))
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  async function open(isPublic: boolean) {
    reads = []
    const recordRead = async ({ accountId }: { accountId: string }) => void reads.push(accountId)
    const app = await buildFrame({ routes: logRoutes({ tlogDirectory, isPublic, recordRead, readKeys }) })
    apps.push(app)
    return (path: string, headers: Record<string, string> = SIGNED_IN) =>
      app.inject({ url: `/api/audit/log/${path}`, headers })
  }

  it('has the checkpoint, and every file of the specification', async () => {
    const get = await open(false)
    const checkpoint = await get('checkpoint')
    expect([checkpoint.body, checkpoint.headers['content-type']]).toEqual([
      'a checkpoint\n',
      'text/plain; charset=utf-8',
    ])
    for (const tile of newTiles(0, SIZE)) {
      const answer = await get(tilePath(tile))
      expect([answer.statusCode, answer.rawPayload]).toEqual([200, contentOf(tile)])
      expect(answer.headers['content-type']).toBe('application/octet-stream')
    }
    expect(decodeEntries((await get('tile/entries/001.p/44')).rawPayload, 44)).toEqual(leaves.slice(256))
  })

  it('has the keys that it is checked with', async () => {
    const get = await open(false)
    expect((await get('keys')).json()).toEqual(readKeys())
    expect((await get('keys', {})).statusCode).toBe(401)
  })

  it('says of full tiles alone that they never change', async () => {
    const get = await open(false)
    const cacheControl = async (path: string) => (await get(path)).headers['cache-control']
    expect(await cacheControl('tile/0/000')).toContain('immutable')
    expect(await cacheControl('tile/entries/000')).toContain('immutable')
    for (const path of ['tile/1/000.p/1', 'tile/entries/001.p/44', 'checkpoint']) {
      expect(await cacheControl(path)).toBe('no-store')
    }
  })

  it.each([
    'tile/0/002',
    'tile/0/000.p/255',
    'tile/0/0',
    'tile/00/000',
    'tile/0/000.new',
    'tile/0/000/',
    'tile/0//000',
    'tile/0/%30%30%30.p',
    'tile/64/000',
    'tile/entries/..%2f..%2f..%2fsecret',
    'tile/0/..%2f..%2f..%2fsecret',
    'tile/..%2f..%2fsecret/000',
    'tile/0/%2e%2e/%2e%2e/%2e%2e/secret',
    'tile/0/x000/000',
    'tile/-1/000',
    'tile/0/000%00',
    'tile',
    'checkpoint.new',
    '..%2fsecret',
  ])('has nothing at %s', async (path) => {
    const get = await open(true)
    const answer = await get(path)
    expect(answer.json()).toMatchObject({ status: 404, code: 'not-found' })
  })

  it('is for those who may read the log, unless it is public', async () => {
    const get = await open(false)
    for (const path of ['checkpoint', 'tile/0/000', 'tile/entries/000']) {
      expect((await get(path, {})).json()).toMatchObject({ status: 401, code: 'no-session' })
    }
  })

  it('never gives events to strangers, by whatever spelling', async () => {
    const get = await open(true)
    expect((await get('checkpoint', {})).statusCode).toBe(200)
    expect((await get('tile/0/000', {})).statusCode).toBe(200)
    for (const path of [
      'tile/entries/000',
      'tile/%65ntries/000',
      'tile/entries%2f000',
      'tile/0/../entries/000',
    ]) {
      const answer = await get(path, {})
      expect([401, 404]).toContain(answer.statusCode)
      expect(answer.body).not.toContain('leaf')
    }
  })

  it('does not count on the order of its routes for that', async () => {
    const recordRead = () => expect.fail()
    const routes = logRoutes({ tlogDirectory, isPublic: true, recordRead, readKeys })
    const open = routes.filter(({ access }) => access === 'public')
    expect(open).toHaveLength(3)
    const params = { level: 'entries', '*': '000' } as never
    for (const route of open.filter(({ path }) => path.endsWith('*'))) {
      await expect(route.handle({ params } as never)).rejects.toMatchObject({ code: 'not-found' })
    }
  })

  it('notes who takes events, once for many; hashes tell nothing', async () => {
    const get = await open(false)
    await get('checkpoint')
    await get('tile/0/000')
    expect(reads).toHaveLength(0)
    for (let i = 0; i < 3; i += 1) await get('tile/entries/000')
    expect(reads).toHaveLength(1)
    await get('tile/entries/000', { cookie: 'account=another' })
    expect(new Set(reads).size).toBe(2)
  })

  it('can be asked for and for nothing else at these addresses', async () => {
    await open(false)
    const answer = await apps[0]?.inject({
      method: 'POST',
      url: '/api/audit/log/tile/entries/x001/000',
      headers: { ...SIGNED_IN, origin: 'https://paraph.test' },
    })
    expect([answer?.statusCode, answer?.headers['allow']]).toEqual([405, 'GET'])
  })
})
