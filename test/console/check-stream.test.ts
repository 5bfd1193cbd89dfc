import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AuditEventView, StreamProof } from '../../src/audit/contract.ts'
import { proveStream } from '../../src/audit/prove-stream.ts'
import { readStream } from '../../src/audit/read.ts'
import { ED25519, formatVkey, generateSkey, parseSkey } from '../../src/audit/tlog/note-key.ts'
import { checkStream } from '../../web/console/proof/check-stream.ts'
import { formatEventProof, formatStreamProof, RECIPE } from '../../web/console/proof-files.ts'
import { openPublishedLog, type PublishedLog } from '../support/published-log.ts'

describe('the check of a copy in the browser', () => {
  let log: PublishedLog
  let proof: StreamProof
  let shown: AuditEventView[]
  beforeAll(async () => {
    log = await openPublishedLog(3)
    await log.append(30)
    await log.appendTo(ref(), { faults: { audit_event: '42501', audit_spool: '42501' } })
    await log.repair()
    await log.grow(20)
    proof = await prove()
    shown = await show()
  })
  afterAll(() => log?.close())
  afterEach(() => vi.restoreAllMocks())

  const ref = () => log.refs[0] ?? expect.fail('no stream')
  const prove = () =>
    proveStream(
      {
        ...{ db: log.database.db, master: log.keys.master, files: log.files },
        ...{ vkeys: log.log.vkeys, witnesses: [] },
      },
      ref(),
    )
  const show = async () => {
    const query = { streamRef: ref(), afterSeq: 0, mayUnseal: true }
    return (await readStream({ db: log.database.db, keys: log.keys }, query)).events
  }
  /** The proof with one of its entries as `change` makes it. */
  const withEntry = (at: number, change: Partial<StreamProof['entries'][number]>): StreamProof => ({
    ...proof,
    entries: proof.entries.map((entry, i) => (i === at ? { ...entry, ...change } : entry)),
  })
  const withShown = (at: number, change: (event: AuditEventView) => AuditEventView) =>
    shown.map((event, i) => (i === at ? change(event) : event))
  const codesOf = async (of: StreamProof, events = shown, vkey?: string) =>
    (await checkStream(of, events, vkey)).findings.map(({ code }) => code)

  it('finds every event in the signed log, each number taken, and the lost one accounted for', async () => {
    const verdict = await checkStream(proof, shown)
    expect(verdict).toMatchObject({ state: 'authentic', findings: [] })
    expect(verdict.counts).toEqual({ proved: shown.length, gap: 1, waiting: 0, earlier: 0, false: 0 })
    expect(verdict.checkpoint?.head).toMatchObject({ origin: 'example.org/log', size: 51 })
    expect(await checkStream(proof, shown, log.log.vkeys[0])).toMatchObject({ state: 'authentic' })
  })

  it('opens what is sealed, and takes an erased value for one', async () => {
    const [first] = shown
    expect(first?.metadata['filename']).toBe('scan 1.pdf')
    const erased = withShown(0, (event) => ({
      ...event,
      metadata: { ...event.metadata, filename: { erased: true } },
    }))
    expect(await codesOf(withEntry(0, { disclosed: {} }), erased)).toEqual([])
    expect(await codesOf(withEntry(0, { disclosed: {} }))).toEqual(['shown-otherwise'])
  })

  it('says which event is false when any byte of it is another one', async () => {
    const at = 4
    const leaf = Buffer.from(proof.entries[at]?.leaf ?? '', 'base64')
    for (let position = 0; position < leaf.length; position += 7) {
      const changed = Buffer.from(leaf)
      changed[position] = (changed[position] ?? 0) ^ 1
      const { state, findings } = await checkStream(
        withEntry(at, { leaf: changed.toString('base64') }),
        shown,
      )
      expect(state, `byte ${position}`).toBe('false')
      expect(findings).toContainEqual(
        expect.objectContaining({ code: 'not-included', eventId: proof.entries[at]?.eventId }),
      )
    }
  })

  it.each<[string, (event: AuditEventView) => AuditEventView, string]>([
    ['action', (event) => ({ ...event, action: 'UNLOCK' }), 'action'],
    ['time', (event) => ({ ...event, occurredAt: '2020-01-01T00:00:00.000Z' }), 'time'],
    ['request', (event) => ({ ...event, requestId: 'another-request' }), 'request'],
    ['exam', (event) => ({ ...event, examRef: event.stream.ref }), 'exam'],
    ['actor', (event) => ({ ...event, actor: { kind: 'user', ref: event.stream.ref } }), 'actor'],
    ['count', (event) => ({ ...event, metadata: { ...event.metadata, pages: 99 } }), 'pages'],
    ['member', (event) => ({ ...event, metadata: { ...event.metadata, more: 1 } }), 'more'],
    ['sealed value', (event) => ({ ...event, metadata: { ...event.metadata, filename: 'x' } }), 'filename'],
  ])('finds that an event is shown with another %s', async (_what, change, field) => {
    const { findings } = await checkStream(proof, withShown(0, change))
    expect(findings).toEqual([{ code: 'shown-otherwise', eventId: shown[0]?.id, index: 0, seq: 1, field }])
  })

  it('finds what was left out, doubled, or of another place', async () => {
    const entries = proof.entries
    const less = { ...proof, entries: entries.toSpliced(3, 1) }
    expect(await checkStream(less, shown)).toMatchObject({
      findings: [{ code: 'number-missing', seq: shown[3]?.seq }],
    })
    const noGap = { ...proof, entries: entries.slice(0, -1) }
    expect(await codesOf(noGap)).toEqual(['number-missing'])
    const twice = { ...proof, entries: entries.toSpliced(3, 0, ...entries.slice(3, 4)) }
    expect(await codesOf(twice)).toEqual(['number-twice'])
    expect(await codesOf({ ...proof, lastSeq: proof.lastSeq + 1 })).toEqual(['number-missing'])
    expect(await codesOf(withEntry(2, { index: 1 }))).toEqual(['not-included'])
    expect(await codesOf(withEntry(2, { path: null }))).toEqual(['proof-malformed'])
    expect(await codesOf(withEntry(2, { path: ['no base64'] }))).toEqual(['proof-malformed'])
    expect(await codesOf(withEntry(2, { quarantine: 'AA==' }))).toEqual(['quarantined'])
  })

  it('tells the event that waits from the one that is false', async () => {
    const verdict = await checkStream(withEntry(2, { index: null, path: null }), shown)
    expect(verdict).toMatchObject({ state: 'authentic', counts: { waiting: 1, false: 0 } })
    const unpublished = {
      ...proof,
      checkpoint: null,
      entries: proof.entries.map((entry) => ({ ...entry, path: null })),
    }
    expect(await checkStream(unpublished, shown)).toMatchObject({ state: 'unpublished', findings: [] })
  })

  it('does not take a checkpoint that the key of the log did not sign', async () => {
    const checkpoint = proof.checkpoint ?? ''
    expect(await codesOf({ ...proof, checkpoint: checkpoint.replace('\n51\n', '\n53\n') })).toEqual([
      'signature-false',
    ])
    expect(await codesOf({ ...proof, checkpoint: 'none' })).toEqual(['checkpoint-malformed'])
    const vkeyOf = (name: string) => formatVkey(parseSkey(generateSkey(name, ED25519)))
    expect(await codesOf(proof, shown, vkeyOf('example.org/log'))).toEqual(['not-signed'])
    expect(await codesOf(proof, shown, vkeyOf('example.org/other'))).toEqual(['other-log'])
    expect(await codesOf(proof, shown, 'no key')).toEqual(['key-malformed'])
  })

  it('leaves it open in a browser that does not know Ed25519, and still finds what is false', async () => {
    const refusing = refuseEd25519()
    vi.spyOn(crypto.subtle, 'importKey').mockImplementation(refusing)
    expect(await checkStream(proof, shown)).toMatchObject({ state: 'undecided', findings: [] })
    expect(await codesOf(withEntry(2, { index: 1 }))).toEqual(['not-included'])
  })

  it('can be done without us, by the recipe that the screen shows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paraph-recipe-'))
    const run = (entry: StreamProof['entries'][number], checkpoint = proof.checkpoint) => {
      writeFileSync(join(folder, 'event.tlog-proof'), formatEventProof(entry, checkpoint) ?? '')
      const env = { ...process.env, proof: 'event.tlog-proof', vkey: log.log.vkeys[0] }
      const { stdout, stderr } = spawnSync('sh', ['-c', RECIPE], { cwd: folder, env })
      return `${stdout}${stderr}`
    }
    for (const entry of [proof.entries.at(0), proof.entries.at(-1)]) {
      if (!entry) return expect.fail('no event')
      const told = run(entry)
      expect(told).toMatch(/^included\nSignature Verified Successfully\n\{"action"/)
      expect(told).toContain(Buffer.from(entry.leaf ?? '', 'base64').toString())
    }
    const [first, second] = proof.entries
    if (!first || !second) return expect.fail('no events')
    expect(run({ ...first, leaf: second.leaf })).not.toContain('included')
    expect(run(first, proof.checkpoint?.replace('\n51\n', '\n52\n'))).not.toContain('Successfully')
    rmSync(folder, { recursive: true })
  })

  it('is handed on without what is sealed', () => {
    const text = formatStreamProof(proof)
    expect(text).toContain(proof.checkpoint?.split('\n')[2])
    expect(text).not.toMatch(/scan|disclosed|salt/)
  })

  it('shows what a superuser altered in the table', async () => {
    const eventId = shown[5]?.id ?? ''
    await log.tamper(
      `update audit_event set leaf = set_byte(leaf, 40, get_byte(leaf, 40) # 1) where id = ${eventId}`,
    )
    const ofLeaf = await checkStream(await prove(), await show())
    expect(ofLeaf).toMatchObject({ state: 'false', findings: [{ code: 'not-included', eventId }] })
    await log.tamper(
      `update audit_event set leaf = set_byte(leaf, 40, get_byte(leaf, 40) # 1) where id = ${eventId}`,
      `update audit_event set request_id = 'somebody-elses' where id = ${eventId}`,
    )
    const ofColumn = await checkStream(await prove(), await show())
    expect(ofColumn.findings).toMatchObject([{ code: 'shown-otherwise', eventId, field: 'request' }])
    await log.tamper(`delete from audit_event where id = ${eventId}`)
    const ofRow = await checkStream(await prove(), await show())
    expect(ofRow.findings).toEqual([{ code: 'number-missing', seq: shown[5]?.seq }])
  })
})

function refuseEd25519(): typeof crypto.subtle.importKey {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle)
  return (async (...given: Parameters<typeof importKey>) => {
    if (JSON.stringify(given[2]).includes('Ed25519')) throw new DOMException('', 'NotSupportedError')
    return importKey(...given)
  }) as typeof importKey
}
