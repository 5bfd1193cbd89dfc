import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LogTables, openLogTables } from '../../test/support/log-tables.ts'
import { makePublishingFolders, type PublishingFolders } from '../../test/support/publishing.ts'
import { leavesOf, ReferenceTree } from '../../test/support/reference-tree.ts'
import {
  makeWitnessFolder,
  openWitness,
  removeWitnessFolders,
  type WitnessInRoom,
} from '../../test/support/witness-room.ts'
import { configureLogging } from '../observability/log.ts'
import { connectCosigners } from './cosigners.ts'
import { readTree } from './integrate-store.ts'
import type { Publication } from './publish.ts'
import { openCheckpoint } from './tlog/checkpoint.ts'
import { cosignatureVerifier } from './tlog/cosignature.ts'
import { COSIGNATURE_V1, formatVkey, generateSkey, parseSkey, parseVkey } from './tlog/note-key.ts'
import { startWitnessServer, type WitnessServer } from './witness-server.ts'

const leaves = leavesOf(700)
const tree = new ReferenceTree(leaves)
const rewritten = [...leaves.slice(0, 80), ...leaves.map((leaf) => Buffer.from(`other ${leaf}`))]
const refused = (reason: string, fields = {}) =>
  expect.objectContaining({ reason, fields: expect.objectContaining(fields) })

describe('witnesses of a published log', () => {
  let tables: LogTables
  let folders: PublishingFolders
  let folder: string
  let witness: WitnessInRoom
  let server: WitnessServer | undefined
  let port = 0
  let lines: Record<string, unknown>[]

  beforeEach(async () => {
    lines = []
    const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
    configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
    tables = await openLogTables()
    folders = makePublishingFolders()
    folder = makeWitnessFolder()
    port = 0
    await startWitness()
  })
  afterEach(async () => {
    await stopWitness()
    await tables?.close()
    folders?.remove()
    configureLogging(undefined)
  })
  afterAll(removeWitnessFolders)

  async function startWitness(): Promise<void> {
    witness = await openWitness(folder, { vkeys: folders.log().vkeys })
    server = await startWitnessServer(witness, { host: '127.0.0.1', port })
    port = server.port
  }
  async function stopWitness(): Promise<void> {
    if (server) witness.release()
    await server?.close()
    server = undefined
  }
  const settings = () => [{ url: `http://127.0.0.1:${port}`, vkey: witness.vkey }]
  const start = (): Publication => folders.start(tables.db, { witnesses: settings() })
  const failures = () => lines.filter(({ event }) => event === 'audit.witness-failed')
  const lagOf = ({ readLag }: Publication) => readLag().map(({ labels, value }) => ({ ...labels, value }))
  const witnessed = () => witness.state.latestOf(folders.log().origin)

  /** The size of the published checkpoint, and whether the witness has cosigned it. */
  function readPublished(vkeys = [witness.vkey]) {
    const verifiers = vkeys.map((vkey) => cosignatureVerifier(parseVkey(vkey)))
    const { checkpoint, cosignatures } = openCheckpoint(folders.checkpoint() ?? '', folders.log(), verifiers)
    expect(checkpoint.root).toEqual(tree.root(checkpoint.size))
    return { size: checkpoint.size, cosignatures: cosignatures.length }
  }
  async function growTo(size: number): Promise<void> {
    await tables.grow(leaves.slice((await readTree(tables.db)).size, size))
  }
  /** Another database in the place of this one. */
  async function restore(entries: readonly Buffer[]): Promise<void> {
    await tables.close()
    tables = await openLogTables()
    await tables.grow(entries)
  }
  const forget = () => rmSync(join(folders.keysDirectory, 'log-signed'))

  it('cosign what grew, with proofs from the published tiles', async () => {
    const publication = start()
    for (const size of [1, 300, 301, 700]) {
      await growTo(size)
      await publication.publishOnce()
      expect(readPublished()).toEqual({ size, cosignatures: 1 })
      expect(lagOf(publication)).toEqual([{ witness: '0', value: 0 }])
    }
    expect(failures()).toEqual([])
  })

  it('cosign again for a process that has just started', async () => {
    await growTo(300)
    await start().publishOnce()
    await start().publishOnce()
    expect(readPublished()).toEqual({ size: 300, cosignatures: 1 })
  })

  it('that are down keep nobody from publishing, are left alone for a while, and are asked again', async () => {
    const publication = start()
    await stopWitness()
    await growTo(300)
    await publication.publishOnce()
    expect(readPublished()).toEqual({ size: 300, cosignatures: 0 })
    await growTo(301)
    await publication.publishOnce()
    expect(readPublished()).toEqual({ size: 301, cosignatures: 0 })
    expect(lagOf(publication)).toEqual([{ witness: '0', value: 301 }])
    expect(failures()).toHaveLength(1)
    await startWitness()
    await expect.poll(() => publication.publishOnce(), { timeout: 10_000 }).toBeDefined()
    expect(readPublished()).toEqual({ size: 301, cosignatures: 1 })
    expect(lagOf(publication)).toEqual([{ witness: '0', value: 0 }])
  })

  it('that hang delay a checkpoint by a second, once', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const publication = folders.start(tables.db, {
      witnesses: [
        { url, vkey: formatVkey(parseSkey(generateSkey('example.org/silent', COSIGNATURE_V1))) },
        ...settings(),
      ],
    })
    await growTo(3)
    await publication.publishOnce()
    await growTo(300)
    const beganAt = performance.now()
    await publication.publishOnce()
    expect(performance.now() - beganAt).toBeLessThan(1_000)
    expect(readPublished()).toEqual({ size: 300, cosignatures: 1 })
    expect(lagOf(publication)).toEqual([
      { witness: '0', value: 300 },
      { witness: '1', value: 0 },
    ])
    silent.closeAllConnections()
    silent.close()
  })

  it('that do not know the log are left alone', async () => {
    await stopWitness()
    folder = makeWitnessFolder()
    const other = makePublishingFolders()
    witness = await openWitness(folder, { vkeys: other.log().vkeys })
    server = await startWitnessServer(witness, { host: '127.0.0.1', port })
    await growTo(3)
    await start().publishOnce()
    expect(readPublished()).toEqual({ size: 3, cosignatures: 0 })
    expect(failures()).toMatchObject([{ 'witness.place': 0, 'http.response.status_code': 404 }])
    other.remove()
  })

  it.each([
    ['damaged', (path: string) => writeFileSync(path, Buffer.alloc(8_192))],
    ['missing', (path: string) => rmSync(path)],
  ])('that need a proof from a tile that is %s get one, once it is mended', async (_, damage) => {
    const publication = start()
    await growTo(300)
    await publication.publishOnce()
    await stopWitness()
    await growTo(600)
    await publication.publishOnce()
    const path = join(folders.tlogDirectory, 'tile/0/001')
    const whole = readFileSync(path)
    damage(path)
    await startWitness()
    await expect.poll(() => publication.publishOnce(), { timeout: 10_000 }).toBeDefined()
    expect(readPublished()).toEqual({ size: 600, cosignatures: 1 })
    expect(readFileSync(path)).toEqual(whole)
  })

  describe('when the database was put back to an earlier state, and both memories with it', () => {
    beforeEach(async () => {
      await growTo(300)
      await start().publishOnce()
      expect(witnessed()?.size).toBe(300)
      forget()
    })
    async function expectIncident(publication: Publication, reason: string, fields = {}): Promise<void> {
      const before = folders.checkpoint()
      await expect(publication.publishOnce()).rejects.toEqual(refused(reason, fields))
      expect(folders.checkpoint()).toBe(before)
      expect(witnessed()?.size).toBe(300)
    }

    it('say so before anything is signed, and it stays so until the process starts again', async () => {
      await restore(leaves.slice(0, 80))
      const publication = start()
      await expectIncident(publication, 'witness-ahead', { 'witness.size': 300, 'tree.size': 0 })
      await stopWitness()
      await tables.grow(leaves.slice(80, 400))
      await expect(publication.publishOnce()).rejects.toEqual(refused('witness-ahead'))
    })

    it.each([
      ['the same', leaves],
      ['other', rewritten],
    ])('say so also when it has grown beyond them, by %s events', async (_, entries) => {
      await restore(entries.slice(0, 400))
      await expectIncident(start(), 'witness-ahead')
    })

    it.each([
      ['smaller than theirs', leaves.slice(0, 80), 'witness-ahead'],
      ['not theirs', rewritten.slice(0, 400), 'witness-differs'],
    ])('say so when they come back, of a tree that is %s', async (_, entries, reason) => {
      await stopWitness()
      await restore(entries)
      const publication = start()
      await publication.publishOnce()
      await startWitness()
      const reasonOf = (error: { reason: string }) => error.reason
      await expect.poll(() => publication.publishOnce().catch(reasonOf), { timeout: 10_000 }).toBe(reason)
      await tables.grow([Buffer.from('one more')])
      await expectIncident(publication, reason)
    })
  })

  it('notice a second installation with the same key, which signs another tree', async () => {
    await growTo(80)
    const publication = start()
    await publication.publishOnce()
    const copy = makePublishingFolders()
    const others = await openLogTables()
    await others.grow(rewritten.slice(0, 200))
    const twin = copy.start(others.db, { log: folders.log(), witnesses: settings() })
    await expect(twin.publishOnce()).rejects.toEqual(refused('witness-ahead'))
    await others.close()
    copy.remove()
    await growTo(90)
    await publication.publishOnce()
    expect(readPublished()).toEqual({ size: 90, cosignatures: 1 })
  })
})

it('a witness without a key of its kind is refused when a process starts', () => {
  const deps = {
    log: { origin: 'example.org/log', verifiers: [] },
    proveConsistency: async () => expect.fail(),
    rewriteTiles: async () => expect.fail(),
  }
  const witnesses = [{ url: 'http://127.0.0.1:1', vkey: 'example.org/log+00000000+AAAA' }]
  expect(() => connectCosigners({ ...deps, witnesses })).toThrow(
    expect.objectContaining({ code: 'invalid-settings' }),
  )
})
