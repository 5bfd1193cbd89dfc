import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { cosignatureVerifier } from './tlog/cosignature.ts'
import { formatNote, parseNote } from './tlog/note.ts'
import { COSIGNATURE_V1, generateSkey, parseSkey } from './tlog/note-key.ts'

describe('the published files', () => {
  let log: PublishedLog
  let published: string
  beforeAll(async () => {
    log = await openPublishedLog(2)
    await log.grow(200)
    published = (await log.grow(70)) ?? expect.fail('nothing was published')
  })
  afterAll(() => log?.close())

  /** Verifies with one file as `change` makes it, undefined for none at all, and puts it back. */
  async function verifyWith(file: string, change: (bytes: Buffer) => Buffer | undefined) {
    const path = join(log.tlogDirectory, file)
    const before = readFileSync(path)
    const after = change(before)
    if (after === undefined) rmSync(path)
    else writeFileSync(path, after)
    try {
      return await log.verify()
    } finally {
      writeFileSync(path, before)
    }
  }
  const flip = (position: number) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes)
    changed[position] = (changed[position] ?? 0) ^ 1
    return changed
  }

  it('are those that the tables make', async () => {
    expect(await log.verify()).toMatchObject({ published: { size: 270 }, findings: [] })
  })

  it.each([
    [
      'a hash in a full tile',
      'tile/0/000',
      flip(32 * 130 + 5),
      'differs from the log, from leaf 130 on',
      130,
    ],
    [
      'a hash in a partial tile',
      'tile/0/001.p/14',
      flip(32 * 3),
      'differs from the log, from leaf 259 on',
      259,
    ],
    ['a hash above', 'tile/1/000.p/1', flip(9), 'differs from the log, from leaf 0 on', 0],
    ['a byte of an entry', 'tile/entries/000', flip(60), 'differs from the log, from leaf 0 on', 0],
    [
      'the last byte of an entry',
      'tile/entries/001.p/14',
      (bytes: Buffer) => flip(bytes.length - 1)(bytes),
      'differs from the log, from leaf 269 on',
      269,
    ],
    ['a length in a bundle', 'tile/entries/001.p/14', flip(0), 'differs from the log, from leaf 256 on', 256],
    [
      'a tile too short',
      'tile/0/001.p/14',
      (bytes: Buffer) => bytes.subarray(1),
      'differs from the log, from leaf 256 on',
      256,
    ],
    ['no tile', 'tile/0/000', () => undefined, 'is missing, with leaf 0', 0],
    ['no bundle', 'tile/entries/001.p/14', () => undefined, 'is missing, with leaf 256', 256],
  ] as const)('are found with %s', async (_what, file, change, says, index) => {
    const report = await verifyWith(file, change)
    expect(report).toMatchObject({ findingCount: 1, firstBadIndex: index })
    expect(report.findings[0]?.sentence).toBe(`The published file ${file} ${says}.`)
  })

  it.each([
    ['another size', (text: string) => text.replace('\n270\n', '\n271\n')],
    ['another origin', (text: string) => text.replace('example.org/log\n', 'example.org/other\n')],
    ['no signature', (text: string) => text.slice(0, text.indexOf('\n\n') + 2)],
  ])('are found with a checkpoint of %s', async (_what, change) => {
    const report = await verifyWith('checkpoint', (bytes) => Buffer.from(change(bytes.toString())))
    expect(report.findings).toMatchObject([{ code: 'checkpoint-invalid', keeper: 'published' }])
  })

  it('are found with a cosignature that its witness did not make', async () => {
    const witness = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
    const { text, signatures } = parseNote(published)
    const forged = { name: witness.name, keyId: witness.id, signature: Buffer.alloc(72) }
    const checkpoint = formatNote({ text, signatures: [...signatures, forged] })
    const report = await log.verify({
      published: { checkpoint, readTile: log.files.readTile },
      witnesses: [cosignatureVerifier(witness)],
    })
    expect(report.findings.map(({ sentence }) => sentence)).toEqual([
      'The published checkpoint of 270 leaves has a cosignature that its witness did not make.',
    ])
  })

  it('are not checked where there are none, nor signatures without the key of the log, which is said', async () => {
    expect(await log.verify({ published: undefined })).toMatchObject({ findings: [], skipped: ['files'] })
    expect(await log.verify({ log: undefined })).toMatchObject({ findings: [], skipped: ['signatures'] })
  })
})
