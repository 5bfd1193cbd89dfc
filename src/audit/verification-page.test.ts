import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CheckBundle, loadPage, readBundle, scriptOf } from '../../test/support/bundle.ts'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { leavesOf, ReferenceTree } from '../../test/support/reference-tree.ts'
import { exportLog } from './export.ts'
import { cosigner } from './tlog/cosignature.ts'
import { formatNote, parseNote, signText } from './tlog/note.ts'
import { COSIGNATURE_V1, ED25519, formatVkey, generateSkey, parseSkey } from './tlog/note-key.ts'
import { formatTlogProof, parseTlogProof } from './tlog/tlog-proof.ts'
import { hashLeaf, rootOfPath, Tree } from './verification-page/formats.js'
import { SENTENCES } from './verification-page/sentences.js'
import { buildVerificationPage } from './verification-page.ts'

type Bundle = Map<string, Blob>
type Line = {
  index: number
  leaf: string
  event: Record<string, unknown>
  disclosed?: Record<string, object>
}

describe('the page that verifies a bundle', () => {
  let log: PublishedLog
  let checkBundle: CheckBundle
  let ofStream: Bundle
  let ofAll: Bundle
  beforeAll(async () => {
    log = await openPublishedLog(3)
    const ref = log.refs[0] ?? expect.fail('no stream')
    await log.append(30)
    await log.appendTo(ref, { faults: { audit_event: '42501', audit_spool: '42501' } })
    await log.repair()
    await log.grow(240)
    const { db } = log.database
    const deps = { db, log: log.log, witnesses: [], files: log.files, recordExport: async () => undefined }
    const [stream, all] = [join(log.folder, 'stream'), join(log.folder, 'all')]
    await exportLog(deps, { selection: [ref], directory: stream, disclose: { keys: log.keys } })
    await exportLog(deps, { selection: 'all', directory: all })
    checkBundle = await loadPage(stream)
    ofStream = readBundle(stream)
    ofAll = readBundle(all)
  })
  afterAll(() => log?.close())
  afterEach(() => vi.restoreAllMocks())

  /** The bundle with one file as `change` makes it, undefined for none at all. */
  async function withFile(bundle: Bundle, name: string, change: (text: string) => string | undefined) {
    const changed = new Map(bundle)
    const text = change((await bundle.get(name)?.text()) ?? expect.fail(`no ${name}`))
    if (text === undefined) changed.delete(name)
    else changed.set(name, new Blob([text]))
    return changed
  }
  /** With the lines of its events as `change` makes them. */
  const withLines = (bundle: Bundle, change: (lines: Line[]) => Line[]) =>
    withFile(bundle, 'events.jsonl', (text) => {
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line)
      return change(lines)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join('')
    })
  const codesOf = async (bundle: Bundle) => (await checkBundle(bundle)).problems.map(({ code }) => code)
  const vkey = () => log.log.vkeys[0] ?? expect.fail('no key')

  it('is one file that may run its own script, and may fetch nothing', () => {
    const page = buildVerificationPage()
    const { script, allowed, sha256 } = scriptOf(page)
    expect(allowed).toBe(sha256)
    expect(page).toContain(`content="default-src 'none'; script-src 'sha256-`)
    expect(page.replace(script, '')).not.toMatch(/\b(src|href|action)=/)
    expect(script).not.toMatch(/fetch\(|XMLHttpRequest|WebSocket|await import\(|innerHTML|https?:/)
    expect(script).not.toMatch(/^import /m)
  })

  it('calls a bundle genuine by the key that its reader holds', async () => {
    const report = await checkBundle(ofStream, { trustedVkey: vkey() })
    expect(report).toMatchObject({
      verdict: 'genuine',
      origin: 'example.org/log',
      size: 271,
      eventCount: 91,
      signedBy: [vkey()],
      cosignatures: [],
      problems: [],
      remarks: [],
    })
    expect(report.events[0]).toMatchObject({ index: 0, opened: { filename: 'scan 1.pdf' } })
  })

  it('calls it consistent, and no more, by the key that the bundle itself names', async () => {
    expect(await checkBundle(ofStream)).toMatchObject({
      verdict: 'consistent',
      remarks: [{ code: 'key-from-bundle' }],
    })
  })

  it('calls the bundle of the whole log genuine by its root, and tells how far it is', async () => {
    const told: number[] = []
    const report = await checkBundle(ofAll, {
      trustedVkey: vkey(),
      onProgress: (events) => told.push(events),
    })
    expect(report).toMatchObject({ verdict: 'genuine', eventCount: 271, problems: [] })
    expect(told).toEqual([200])
  })

  it('tells who has cosigned, and when', async () => {
    const key = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
    const cosigned = await withFile(ofAll, 'checkpoint', (note) => {
      const { text, signatures } = parseNote(note)
      const line = signText(
        text,
        cosigner(key, () => 1_700_000_000),
      )
      return formatNote({ text, signatures: [...signatures, line] })
    })
    const bundle = await withFile(cosigned, 'keys.json', (text) =>
      JSON.stringify({ ...JSON.parse(text), witnesses: [formatVkey(key)] }),
    )
    expect(await checkBundle(bundle)).toMatchObject({
      verdict: 'consistent',
      cosignatures: [{ witness: 'example.org/witness', at: new Date('2023-11-14T22:13:20Z') }],
    })
    const forged = await withFile(bundle, 'checkpoint', (note) => {
      const { text, signatures } = parseNote(note)
      const last = signatures.at(-1) ?? expect.fail('no cosignature')
      const signature = Buffer.from(last.signature)
      signature[7] = (signature[7] ?? 0) ^ 1
      return formatNote({ text, signatures: [...signatures.slice(0, -1), { ...last, signature }] })
    })
    expect(await codesOf(forged)).toEqual(['signature-false'])
  })

  const flipLeaf = (line: Line): Line => {
    const leaf = Buffer.from(line.leaf, 'base64')
      .toString()
      .replace(/"av":\d/, '"av":9')
    return { ...line, leaf: Buffer.from(leaf).toString('base64'), event: JSON.parse(leaf) }
  }
  it.each([
    [
      'an event that was altered',
      (lines: Line[]) => lines.map((line, i) => (i === 4 ? flipLeaf(line) : line)),
      ['not-included', 'number-missing'],
    ],
    [
      'an event that reads otherwise than it is',
      (lines: Line[]) =>
        lines.map((line, i) => (i === 4 ? { ...line, event: { ...line.event, seq: 9 } } : line)),
      ['shown-otherwise', 'number-missing'],
    ],
    ['an event less', (lines: Line[]) => lines.toSpliced(4, 1), ['number-missing']],
    ['an event twice', (lines: Line[]) => lines.toSpliced(4, 0, lines[4] as Line), ['number-twice']],
    [
      'the GAP left out',
      (lines: Line[]) => lines.filter(({ event }) => event['action'] !== 'GAP'),
      ['number-missing'],
    ],
    [
      'the place of another event',
      (lines: Line[]) =>
        lines.map((line, i) => (i === 4 ? { ...line, index: (lines[5] as Line).index } : line)),
      ['not-included', 'number-missing'],
    ],
    [
      'another value for what was sealed',
      (lines: Line[]) =>
        lines.map((line) =>
          line.index === 0
            ? { ...line, disclosed: { filename: { ...line.disclosed?.['filename'], json: '"another.pdf"' } } }
            : line,
        ),
      ['disclosed-otherwise', 'number-missing'],
    ],
  ])('calls a bundle false with %s', async (_what, change, codes) => {
    const report = await checkBundle(await withLines(ofStream, change))
    expect(report).toMatchObject({ verdict: 'false', problemCount: codes.length })
    expect(report.problems.map(({ code }) => code)).toEqual(codes)
  })

  it.each([
    [
      'an event altered',
      (lines: Line[]) => lines.map((line, i) => (i === 4 ? flipLeaf(line) : line)),
      ['other-root'],
    ],
    ['the last event left out', (lines: Line[]) => lines.slice(0, -1), ['other-root']],
    [
      'two events swapped',
      (lines: Line[]) => lines.with(4, lines[5] as Line).with(5, lines[4] as Line),
      ['leaf-missing', 'leaf-missing'],
    ],
  ])('calls a bundle of the whole log false with %s', async (_what, change, codes) => {
    const report = await checkBundle(await withLines(ofAll, change))
    expect(report.verdict).toBe('false')
    expect(report.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(codes))
  })

  it.each([
    ['checkpoint', (text: string) => text.replace('\n271\n', '\n272\n'), 'signature-false'],
    ['checkpoint', () => undefined, 'file-missing'],
    ['checkpoint', () => 'not a note', 'checkpoint-malformed'],
    ['keys.json', () => '{"vkeys":["nothing"],"witnesses":[]}', 'key-malformed'],
    ['keys.json', () => '{', 'file-malformed'],
    ['bundle.json', () => undefined, 'file-missing'],
    ['events.jsonl', () => undefined, 'file-missing'],
    ['events.jsonl', (text: string) => text.slice(0, -1), 'file-malformed'],
    ['events.jsonl', (text: string) => `{}\n${text}`, 'file-malformed'],
    ['0.tlog-proof', () => undefined, 'file-missing'],
    ['0.tlog-proof', (text: string) => text.replace('index 0', 'index 00'), 'proof-malformed'],
    ['0.tlog-proof', (text: string) => text.replace('index 0', 'index 1'), 'not-included'],
    [
      '0.tlog-proof',
      (text: string) => text.replace(/\n— /, '\n— other.test/log AAAAAAAA\n— '),
      'not-included',
    ],
    [
      '0.tlog-proof',
      (text: string) => formatTlogProof({ ...parseTlogProof(text), path: [] }),
      'not-included',
    ],
  ])('calls a bundle false whose %s is not as it must be', async (name, change, code) => {
    const report = await checkBundle(await withFile(ofStream, name, change))
    expect(report.verdict).toBe('false')
    expect(report.problems[0]).toMatchObject({ code })
  })

  it('calls a bundle false that another key signed, and one of another log', async () => {
    for (const [name, code] of [
      ['example.org/log', 'not-signed'],
      ['example.org/other', 'key-of-another-log'],
    ] as const) {
      const trustedVkey = formatVkey(parseSkey(generateSkey(name, ED25519)))
      const report = await checkBundle(ofStream, { trustedVkey })
      expect([report.verdict, report.problems]).toEqual(['false', [{ code }]])
    }
  })

  it('leaves the verdict open in a browser that does not know Ed25519, and still finds what is false', async () => {
    const importKey = crypto.subtle.importKey.bind(crypto.subtle)
    const refusing: typeof importKey = (async (...given: Parameters<typeof importKey>) => {
      if (JSON.stringify(given[2]).includes('Ed25519')) throw new DOMException('', 'NotSupportedError')
      return importKey(...given)
    }) as typeof importKey
    vi.spyOn(crypto.subtle, 'importKey').mockImplementation(refusing)
    expect(await checkBundle(ofStream)).toMatchObject({
      verdict: 'undecided',
      signedBy: [],
      remarks: [{ code: 'no-ed25519' }],
    })
    const altered = await withLines(ofStream, (lines) => lines.toSpliced(4, 1))
    expect(await checkBundle(altered)).toMatchObject({ verdict: 'false' })
  })

  it('says the same in French and in English, and something of everything that can be found', () => {
    const { fr, en } = SENTENCES
    expect(Object.keys(fr.texts)).toEqual(Object.keys(en.texts))
    expect(Object.keys(fr.findings)).toEqual(Object.keys(en.findings))
    const placesOf = (sentence: string) => sentence.match(/\{\w+\}/g)?.sort()
    for (const [code, sentence] of Object.entries(fr.findings)) {
      expect(placesOf(en.findings[code] ?? '')).toEqual(placesOf(sentence))
    }
    const { script } = scriptOf(buildVerificationPage())
    const codes = [...script.matchAll(/(?:new Fault\(|code: )'([a-z0-9-]+)'/g)].map((match) => match[1])
    expect(codes.length).toBeGreaterThan(20)
    expect([...new Set(codes)].sort()).toEqual(Object.keys(fr.findings).sort())
  })

  it('shows in its source what it says in French', () => {
    const html = readFileSync(new URL('verification-page/page.html', import.meta.url), 'utf8')
    const shown = [...html.matchAll(/data-text="(\w+)">([^<]+)</g)]
    expect(shown.length).toBeGreaterThan(4)
    for (const [, name, text] of shown) expect(SENTENCES.fr.texts[name ?? '']).toBe(text)
    const named = [...html.matchAll(/data-text="(\w+)"/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => !(name in SENTENCES.fr.texts))).toEqual([])
  })
})

describe('the tree of the page', () => {
  const tree = ReferenceTree.ofSize(40)
  const leaves = leavesOf(40)

  it('has the root of RFC 6962, and leads there from every leaf', async () => {
    const growing = new Tree()
    for (let size = 1; size <= 40; size += 1) {
      await growing.append(await hashLeaf(new Uint8Array(leaves[size - 1] ?? [])))
      expect(Buffer.from(await growing.root())).toEqual(tree.root(size))
      for (let index = 0; index < size; index += 1) {
        const path = tree.inclusion(index, size).map((hash) => new Uint8Array(hash))
        const leafHash = new Uint8Array(tree.leafHash(index))
        const root = await rootOfPath(index, size, leafHash, path)
        expect(root && Buffer.from(root)).toEqual(tree.root(size))
        expect(await rootOfPath(index, size, leafHash, [...path, leafHash])).toBeUndefined()
      }
    }
  })
})
