// @ts-check
import {
  COSIGNATURE,
  ED25519,
  Fault,
  fromBase64,
  fromHex,
  hasEd25519,
  hashLeaf,
  isSame,
  parseHead,
  parseNote,
  parseProof,
  parseVkey,
  rootOfPath,
  signaturesOf,
  Tree,
  timeOf,
  toHex,
  utf8,
} from './formats.js'

/**
 * @typedef {import('./formats.js').Bytes} Bytes
 * @typedef {import('./formats.js').Remark} Remark
 * @typedef {{ ref: string, earlier: number }} Stream
 * @typedef {{ checkpoint: string, head: import('./formats.js').Head, isComplete: boolean, streams: readonly Stream[] }} Bundle
 * @typedef {{ index: number, entry: any, isQuarantined: boolean, opened: Record<string, unknown> }} ShownEvent
 * @typedef {{
 *   verdict: 'genuine' | 'consistent' | 'false' | 'undecided', origin: string, size: number, root: string,
 *   signedBy: string[], cosignatures: { witness: string, at: Date }[], eventCount: number, events: ShownEvent[],
 *   problems: Remark[], problemCount: number, remarks: Remark[],
 * }} Report
 */

/** So many events are shown, and so many problems named; all are checked and counted. */
const SHOWN_EVENTS = 500
const NAMED_PROBLEMS = 50
const CHUNK = 1 << 20

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Checks a bundle against its own checkpoint, and this against the key of the log: `trustedVkey`, which the reader holds
 * from elsewhere, or else those that the bundle names, which anybody could have put there. `files` are known by their names without folders.
 * @param {ReadonlyMap<string, Blob>} files
 * @param {{ trustedVkey?: string, onProgress?: (events: number) => void }} [options]
 * @returns {Promise<Report>}
 */
export async function checkBundle(files, { trustedVkey, onProgress } = {}) {
  /** @type {Report} */
  const report = {
    ...{ verdict: 'genuine', origin: '', size: 0, root: '', signedBy: [], cosignatures: [] },
    ...{ eventCount: 0, events: [], problems: [], problemCount: 0, remarks: [] },
  }
  /** Runs a part; what is wrong with it is told, and the others run all the same. @param {() => Promise<void>} part */
  const attempt = async (part) => {
    try {
      await part()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      report.problemCount += 1
      if (report.problems.length < NAMED_PROBLEMS) report.problems.push(error.remark)
    }
  }
  await attempt(async () => {
    const bundle = await openBundle(files, report)
    await attempt(() => checkSignatures(files, bundle, trustedVkey, report))
    await checkEvents(files, bundle, { report, attempt, onProgress })
  })
  if (report.problemCount > 0) report.verdict = 'false'
  return report
}

/** @param {ReadonlyMap<string, Blob>} files @param {string} name */
async function readText(files, name) {
  const file = files.get(name)
  if (file === undefined) throw new Fault('file-missing', { file: name })
  return decode(await file.arrayBuffer(), name)
}

/** @param {ArrayBuffer | Bytes} bytes @param {string} file */
function decode(bytes, file) {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw new Fault('file-malformed', { file })
  }
}

/** @param {string} text @param {string} file */
function parseJson(text, file) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Fault('file-malformed', { file })
  }
}

/** @param {ReadonlyMap<string, Blob>} files @param {Report} report @returns {Promise<Bundle>} */
async function openBundle(files, report) {
  const checkpoint = await readText(files, 'checkpoint')
  const manifest = parseJson(await readText(files, 'bundle.json'), 'bundle.json')
  const head = parseHead(parseNote(checkpoint).text)
  Object.assign(report, { origin: head.origin, size: head.size, root: toHex(head.root) })
  if (manifest.notPublished > 0) report.remarks.push({ code: 'not-published', count: manifest.notPublished })
  return { checkpoint, head, isComplete: manifest.complete === true, streams: manifest.streams ?? [] }
}

/**
 * @param {ReadonlyMap<string, Blob>} files @param {Bundle} bundle @param {string | undefined} trustedVkey
 * @param {Report} report
 */
async function checkSignatures(files, { checkpoint, head }, trustedVkey, report) {
  if (!(await hasEd25519())) {
    report.verdict = 'undecided'
    report.remarks.push({ code: 'no-ed25519' })
    return
  }
  const named = parseJson(await readText(files, 'keys.json'), 'keys.json')
  const note = parseNote(checkpoint)
  for (const vkey of trustedVkey ? [trustedVkey] : named.vkeys) {
    const key = await parseVkey(vkey)
    if (key.type !== ED25519 || key.name !== head.origin) throw new Fault('key-of-another-log')
    if ((await signaturesOf(note, key)).length > 0) report.signedBy.push(vkey)
  }
  if (report.signedBy.length === 0) throw new Fault('not-signed')
  if (!trustedVkey) {
    report.verdict = 'consistent'
    report.remarks.push({ code: 'key-from-bundle' })
  }
  for (const vkey of named.witnesses) {
    const key = await parseVkey(vkey)
    if (key.type !== COSIGNATURE) throw new Fault('key-malformed')
    for (const { signature } of await signaturesOf(note, key)) {
      report.cosignatures.push({ witness: key.name, at: new Date(Number(timeOf(signature)) * 1000) })
    }
  }
}

/**
 * @param {ReadonlyMap<string, Blob>} files @param {Bundle} bundle
 * @param {{ report: Report, attempt: (part: () => Promise<void>) => Promise<void>, onProgress: ((events: number) => void) | undefined }} run
 */
async function checkEvents(files, bundle, { report, attempt, onProgress }) {
  const numbers = new Numbers()
  const tree = new Tree()
  for await (const line of linesOf(files.get('events.jsonl'), 'events.jsonl')) {
    await attempt(async () => {
      const event = await readEvent(line)
      report.eventCount += 1
      if (report.events.length < SHOWN_EVENTS) report.events.push(event)
      if (bundle.isComplete) {
        if (event.index !== tree.size) throw new Fault('leaf-missing', { index: tree.size })
        await tree.append(event.leafHash)
      } else {
        await checkInclusion(files, bundle, event)
      }
      numbers.take(event)
    })
    if (report.eventCount % 200 === 0) onProgress?.(report.eventCount)
  }
  if (bundle.isComplete) {
    await attempt(async () => {
      const isWhole = tree.size === bundle.head.size && isSame(await tree.root(), bundle.head.root)
      if (!isWhole) throw new Fault('other-root')
    })
  }
  for (const stream of bundle.streams) await attempt(async () => numbers.assertWhole(stream))
  const earlier = bundle.streams.reduce((count, stream) => count + stream.earlier, 0)
  if (earlier > 0) report.remarks.push({ code: 'earlier-events', count: earlier })
}

/** Lines, read piece by piece: the file may be larger than a text can be. @param {Blob | undefined} file @param {string} name @returns {AsyncGenerator<string>} */
async function* linesOf(file, name) {
  if (file === undefined) throw new Fault('file-missing', { file: name })
  let rest = new Uint8Array()
  for (let offset = 0; offset < file.size; offset += CHUNK) {
    const chunk = new Uint8Array(await file.slice(offset, offset + CHUNK).arrayBuffer())
    const bytes = new Uint8Array(rest.length + chunk.length)
    bytes.set(rest)
    bytes.set(chunk, rest.length)
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      yield decode(bytes.subarray(start, end), name)
      start = end + 1
    }
    rest = bytes.slice(start)
  }
  if (rest.length > 0) throw new Fault('file-malformed', { file: name })
}

/** One line: the bytes of the event are what counts, and what is shown must be what they say. @param {string} line */
async function readEvent(line) {
  const { index, leaf, event, quarantine, disclosed = {} } = parseJson(line, 'events.jsonl')
  if (!Number.isSafeInteger(index)) throw new Fault('file-malformed', { file: 'events.jsonl' })
  const bytes = fromBase64(leaf)
  const entry = event ?? quarantine
  if (JSON.stringify(entry) !== decode(bytes, 'events.jsonl')) throw new Fault('shown-otherwise', { index })
  /** @type {Record<string, unknown>} */
  const opened = {}
  for (const [field, opening] of Object.entries(disclosed)) {
    opened[field] = await open(field, opening, entry.sealed?.[field], index)
  }
  return { index, entry, isQuarantined: event === undefined, opened, leafHash: await hashLeaf(bytes) }
}

/**
 * A sealed member that is disclosed: HMAC-SHA256, under its salt, of name, NUL and value.
 * @param {string} field @param {any} opening @param {string | undefined} commitment @param {number} index
 */
async function open(field, { salt, json }, commitment, index) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', fromHex(salt), algorithm, false, ['sign'])
  const made = await crypto.subtle.sign('HMAC', key, utf8.encode(`${field}\0${json}`))
  if (toHex(new Uint8Array(made)) !== commitment) throw new Fault('disclosed-otherwise', { index, field })
  return JSON.parse(json)
}

/** @param {ReadonlyMap<string, Blob>} files @param {Bundle} bundle @param {{ index: number, leafHash: Bytes }} event */
async function checkInclusion(files, { checkpoint, head }, { index, leafHash }) {
  const proof = parseProof(await readText(files, `${index}.tlog-proof`))
  const root = await rootOfPath(index, head.size, leafHash, proof.path)
  const isProved = proof.index === index && proof.checkpoint === checkpoint && index < head.size
  if (!isProved || root === undefined || !isSame(root, head.root)) throw new Fault('not-included', { index })
}

/** The numbers of each stream: each is taken once, by an event or by the `GAP` that stands for a lost one. */
class Numbers {
  /** @type {Map<string, { taken: Set<number>, top: number }>} */
  #streams = new Map()

  /** @param {ShownEvent} event */
  take({ index, entry, isQuarantined }) {
    // What stands for an event that failed its checks does not say which number it had.
    if (isQuarantined) throw new Fault('quarantined', { index })
    this.#take(entry.stream.ref, entry.seq, index)
    if (entry.action === 'GAP') this.#take(entry.metadata.stream_ref, entry.metadata.missing_seq, index)
  }

  /** @param {string} stream @param {number} seq @param {number} index */
  #take(stream, seq, index) {
    const { taken, top } = this.#streams.get(stream) ?? { taken: new Set(), top: 0 }
    if (taken.has(seq)) throw new Fault('number-twice', { index, stream, seq })
    this.#streams.set(stream, { taken: taken.add(seq), top: Math.max(top, seq) })
  }

  /** Up to the last event that is there; what would have followed cannot be known. @param {Stream} stream */
  assertWhole({ ref, earlier }) {
    const { taken, top } = this.#streams.get(ref) ?? { taken: new Set(), top: 0 }
    for (let seq = earlier + 1; seq <= top; seq += 1) {
      if (!taken.has(seq)) throw new Fault('number-missing', { stream: ref, seq })
    }
  }
}
