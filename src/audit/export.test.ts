import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBundle } from '../../test/support/bundle.ts'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { checkProof } from './check-proof.ts'
import { type ExportCommand, exportLog } from './export.ts'
import { listStreamsOfExam } from './export-store.ts'
import { readTrustedKeys } from './trusted-keys.ts'

const damaged = expect.objectContaining({ code: 'log-damaged' })

describe('exporting the log', () => {
  let log: PublishedLog
  let ref: PublishedLog['refs'][number]
  const noted: number[] = []
  beforeAll(async () => {
    log = await openPublishedLog(3)
    ref = log.refs[0] ?? expect.fail('no stream')
    await log.append(30)
    await log.appendTo(ref, { faults: { audit_event: '42501', audit_spool: '42501' } })
    await log.repair()
    await log.grow(270)
    await log.append(6)
  })
  afterAll(() => log?.close())

  let exports = 0
  async function exportTo(command: Partial<ExportCommand> = {}) {
    exports += 1
    const directory = join(log.folder, `export-${exports}`)
    const { db } = log.database
    const recordExport = async (events: number) => void noted.push(events)
    const deps = { db, log: log.log, witnesses: [], files: log.files, recordExport }
    const exported = await exportLog(deps, { selection: [ref], directory, ...command })
    const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').trimEnd().split('\n')
    return { directory, exported, lines: lines.map((line) => JSON.parse(line)) }
  }

  it('gives the events of a stream with what stands for those that were lost, and notes that it did', async () => {
    const { exported, lines } = await exportTo()
    expect(exported).toEqual({ events: 101, notPublished: 2, size: 301, streams: 1 })
    const own = lines.filter(({ event }) => event.stream.ref === ref)
    expect(own.map(({ event }) => event.seq)).toEqual([
      ...Array.from({ length: 10 }, (_, i) => i + 1),
      ...Array.from({ length: 90 }, (_, i) => i + 12),
    ])
    const others = lines.filter(({ event }) => event.stream.ref !== ref)
    expect(others.map(({ event }) => event.metadata)).toEqual([
      { missing_seq: 11, stream_kind: 'exam', stream_ref: ref },
    ])
    expect(noted.at(-1)).toBe(101)
  })

  it('gives the bytes of each event, and a proof that needs nothing else but the key of the log', async () => {
    const { directory, lines } = await exportTo()
    const keys = JSON.parse(readFileSync(join(directory, 'keys.json'), 'utf8'))
    expect(keys).toEqual({ origin: 'example.org/log', vkeys: log.log.vkeys, witnesses: [] })
    expect(readdirSync(join(directory, 'proofs'))).toHaveLength(lines.length)
    for (const { index, leaf, event } of lines) {
      const entry = Buffer.from(leaf, 'base64')
      expect(JSON.parse(entry.toString())).toEqual(event)
      const proof = readFileSync(join(directory, 'proofs', `${index}.tlog-proof`), 'utf8')
      expect(checkProof(proof, readTrustedKeys(keys.vkeys, []), entry)).toMatchObject({ index, size: 301 })
    }
  })

  it('shows what is sealed to nobody who does not ask for it', async () => {
    const { directory } = await exportTo()
    for (const text of await Promise.all([...readBundle(directory).values()].map((file) => file.text()))) {
      expect(text).not.toContain('scan 1')
    }
  })

  it('shows it, with what proves it, to who does; what was erased is missing', async () => {
    await log.tamper(`delete from audit_sealed where stream_ref = '${ref}' and seq = 1`)
    const { lines } = await exportTo({ disclose: { keys: log.keys } })
    const [first, second] = lines.filter(({ event }) => event.stream.ref === ref && event.sealed)
    expect(first).toMatchObject({ event: { seq: 1 } })
    expect(first.disclosed).toBeUndefined()
    expect(second.disclosed).toEqual({
      filename: { salt: expect.stringMatching(/^[0-9a-f]{64}$/), json: `"scan ${second.event.seq}.pdf"` },
    })
  })

  it('gives the whole log without proofs, since the events give its root', async () => {
    const { directory, exported, lines } = await exportTo({ selection: 'all' })
    expect(exported).toEqual({ events: 301, notPublished: 6, size: 301, streams: 4 })
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 301 }, (_, i) => i))
    expect(existsSync(join(directory, 'proofs'))).toBe(false)
  })

  it('is a folder that nobody else may enter, whose files are those of SHA256SUMS', async () => {
    const { directory } = await exportTo()
    const names = ['SHA256SUMS', 'actions.json', 'bundle.json', 'checkpoint', 'events.jsonl', 'keys.json']
    expect(readdirSync(directory)).toEqual([...names, 'proofs', 'verify.html'])
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(join(directory, 'events.jsonl')).mode & 0o777).toBe(0o600)
    const checked = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: directory })
    expect(checked.toString().trim().split('\n')).toHaveLength(101 + 6)
    const [lock] = JSON.parse(readFileSync(join(directory, 'actions.json'), 'utf8')).filter(
      ({ action }: { action: string }) => action === 'LOCK',
    )
    expect(lock).toMatchObject({
      version: 1,
      clear: { properties: { expires_in_seconds: { type: 'integer' } } },
    })
  })

  it('replaces nothing, and leaves nothing behind when it fails', async () => {
    const directory = join(log.folder, 'taken')
    mkdirSync(directory)
    writeFileSync(join(directory, 'file'), 'of somebody')
    await expect(exportTo({ directory })).rejects.toMatchObject({ code: 'file-not-written' })
    expect(readdirSync(directory)).toEqual(['file'])
    const path = join(log.tlogDirectory, 'tile/0/000')
    const before = readFileSync(path)
    writeFileSync(path, Buffer.from(before).fill(0, 64, 96))
    await expect(exportTo()).rejects.toEqual(damaged)
    writeFileSync(path, before)
    expect(readdirSync(log.folder).filter((name) => name.includes('.new'))).toEqual([])
  })

  it('exports no log that is not the published one', async () => {
    const restore = await log.dump()
    await log.tamper(`update audit_leaf set quarantine = '\\x7b7d' where leaf_index = 299`)
    await expect(exportTo({ selection: 'all' })).rejects.toEqual(damaged)
    await log.tamper(
      'delete from audit_event where id = (select event_id from audit_leaf where leaf_index = 3)',
    )
    await expect(exportTo({ selection: 'all' })).rejects.toEqual(damaged)
    await restore()
  })

  it('finds the streams of an exam by what their events say', async () => {
    const { db } = log.database
    expect(await listStreamsOfExam(db, ref)).toEqual([ref])
    await log.tamper(
      `update audit_event set exam_ref = '${ref}' where stream_ref = '${log.refs[1]}' and seq = 1`,
    )
    expect(await listStreamsOfExam(db, ref)).toEqual([ref, log.refs[1]].sort())
  })
})
