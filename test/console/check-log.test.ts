import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ED25519, formatVkey, generateSkey, parseSkey } from '../../src/audit/tlog/note-key.ts'
import { checkLog, type PublishedFiles } from '../../web/console/proof/check-log.ts'
import { openPublishedLog, type PublishedLog } from '../support/published-log.ts'

describe('the check of the whole log in the browser', () => {
  let log: PublishedLog
  let files: PublishedFiles
  let earlier: string
  beforeAll(async () => {
    log = await openPublishedLog(3)
    await log.grow(40)
    earlier = (await log.files.readCheckpoint()) ?? ''
    await log.grow(260)
    files = {
      keys: { vkeys: [...log.log.vkeys], witnesses: [] },
      checkpoint: (await log.files.readCheckpoint()) ?? '',
      readTile: async (path) => new Uint8Array(log.readFile(`tile/${path}`)),
    }
  })
  afterAll(() => log?.close())

  /** The files with one of them as `change` makes it. */
  const withFile = (name: string, change: (bytes: Buffer) => void): PublishedFiles => ({
    ...files,
    readTile: async (path) => {
      const bytes = Buffer.from(await files.readTile(path))
      if (path === name) change(bytes)
      return new Uint8Array(bytes)
    },
  })
  const flip = (at: number) => (bytes: Buffer) => void bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  const codesOf = async (of: PublishedFiles, options = {}) =>
    (await checkLog(of, options)).findings.map(({ code, index }) => [code, index])

  it('rebuilds the tree from its entries, tells how far it is, and comes to the signed root', async () => {
    const told: number[] = []
    const verdict = await checkLog(files, { onProgress: (entries) => told.push(entries) })
    expect(verdict).toMatchObject({ state: 'authentic', entries: 300, findings: [], continues: undefined })
    expect(told).toEqual([256, 300])
  })

  it('shows that the log begins with a checkpoint that was kept', async () => {
    expect(await checkLog(files, { kept: earlier })).toMatchObject({ state: 'authentic', continues: 40 })
    expect(await codesOf({ ...files, checkpoint: earlier }, { kept: files.checkpoint })).toEqual([
      ['not-continued', undefined],
    ])
    expect(await codesOf(files, { kept: 'no checkpoint' })).toEqual([['checkpoint-malformed', undefined]])
  })

  it('names the entry that was altered', async () => {
    expect(await codesOf(withFile('entries/000', flip(9)))).toEqual([['entry-altered', 0]])
    expect(await codesOf(withFile('0/001.p/44', flip(32 * 3)))).toEqual([['entry-altered', 259]])
    expect(await codesOf(withFile('entries/001.p/44', (bytes) => bytes.writeUInt16BE(65_535, 0)))).toEqual([
      ['tile-malformed', 256],
    ])
  })

  it('takes no checkpoint that was altered, or that another key signed', async () => {
    const other = formatVkey(parseSkey(generateSkey('example.org/log', ED25519)))
    expect(await codesOf(files, { trustedVkey: other })).toEqual([['not-signed', undefined]])
    const cut = { ...files, checkpoint: files.checkpoint.replace('\n300\n', '\n299\n') }
    expect(await codesOf(cut)).toEqual([['signature-false', undefined]])
  })
})
