import { describe, expect, it } from 'vitest'
import { leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { signCheckpoint } from './checkpoint.ts'
import { cosignatureVerifier, cosigner } from './cosignature.ts'
import { decodeUtf8 } from './encoding.ts'
import { hashLeaf } from './merkle.ts'
import { ed25519Signer, ed25519Verifier, parseNote } from './note.ts'
import { COSIGNATURE_V1, ED25519, generateSkey, parseSkey } from './note-key.ts'
import { proveInclusion } from './proof.ts'
import { checkTlogProof, formatTlogProof, parseTlogProof } from './tlog-proof.ts'

/** The example of C2SP tlog-proof, which leaves out most of its signatures. */
const SPEC_HEAD = `c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=
`
const SPEC_CHECKPOINT =
  'example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog hI2DJw==\n'

const ORIGIN = 'example.org/log'
const logKey = parseSkey(generateSkey(ORIGIN, ED25519))
const log = { origin: ORIGIN, verifiers: [ed25519Verifier(logKey)] }
const witnessKey = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
const tree = ReferenceTree.ofSize(11)
const head = { origin: ORIGIN, size: 11, root: tree.root(11) }
const signers = [ed25519Signer(logKey), cosigner(witnessKey, () => 1_700_000_000)]
const proof = {
  index: 5,
  path: await proveInclusion(tree.read, 5, 11),
  checkpoint: signCheckpoint(head, signers),
}
const leafHash = hashLeaf(leavesOf(6)[5] as Buffer)
const fault = (name: string) => expect.objectContaining({ fault: name })

describe('the file of a proof', () => {
  it('is that of the specification', () => {
    const parsed = parseTlogProof(`${SPEC_HEAD}\n${SPEC_CHECKPOINT}`)
    expect(parsed).toMatchObject({ index: 73_894, checkpoint: SPEC_CHECKPOINT })
    expect(parsed.path).toHaveLength(5)
    expect(parsed.extra?.toString('latin1', 0, 10)).toBe('age-v1.2.1')
    expect(formatTlogProof(parsed)).toBe(`${SPEC_HEAD}\n${SPEC_CHECKPOINT}`)
  })

  it('is read back, without extra data, without a path, and with line breaks in the extra data', () => {
    for (const any of [proof, { ...proof, path: [], index: 0 }, { ...proof, extra: Buffer.from('a\n\nb') }]) {
      expect(parseTlogProof(formatTlogProof(any))).toEqual(any)
    }
  })

  const TEXT = formatTlogProof(proof)
  it.each([
    ['nothing', ''],
    ['another version', TEXT.replace('@v1', '@v2')],
    ['no index', TEXT.replace('index 5\n', '')],
    ['an index with a leading zero', TEXT.replace('index 5', 'index 05')],
    ['a negative index', TEXT.replace('index 5', 'index -1')],
    ['extra data after the index', TEXT.replace('index 5\n', 'index 5\nextra YQ==\n')],
    ['extra data twice', TEXT.replace('index 5\n', 'extra YQ==\nextra YQ==\nindex 5\n')],
    ['extra data of nothing', TEXT.replace('index 5\n', 'extra \nindex 5\n')],
    ['extra data that is not base64', TEXT.replace('index 5\n', 'extra YR==\nindex 5\n')],
    ['a hash too short', TEXT.replace('index 5\n', 'index 5\nYQ==\n')],
    ['no blank line', 'c2sp.org/tlog-proof@v1\nindex 5\n'],
  ])('is refused with %s', (_, text) => {
    expect(() => parseTlogProof(text)).toThrow(fault('malformed'))
  })
})

describe('checking a proof', () => {
  it('needs the entry and the key of the log, and tells who cosigned', () => {
    expect(checkTlogProof(proof, leafHash, log)).toMatchObject({ checkpoint: head, cosignatures: [] })
    const { cosignatures } = checkTlogProof(proof, leafHash, log, [cosignatureVerifier(witnessKey)])
    expect(cosignatures).toMatchObject([{ name: 'example.org/witness' }])
  })

  it('fails for another entry, another place, another path and another head', () => {
    const other = signCheckpoint({ ...head, root: tree.root(10) }, signers)
    for (const [wrong, hash] of [
      [proof, hashLeaf(Buffer.from('another'))],
      [{ ...proof, index: 4 }, leafHash],
      [{ ...proof, path: proof.path.slice(1) }, leafHash],
      [{ ...proof, checkpoint: other }, leafHash],
    ] as const) {
      expect(() => checkTlogProof(wrong, hash, log)).toThrow(fault('not-included'))
    }
  })

  it('fails for a log that is not known', () => {
    expect(() => checkTlogProof(proof, leafHash, { ...log, origin: 'example.org/other' })).toThrow(
      fault('wrong-origin'),
    )
    expect(() => checkTlogProof(proof, leafHash, { ...log, verifiers: [] })).toThrow(fault('unsigned'))
  })

  it('fails with any byte of the file changed', () => {
    const signed = { ...proof, checkpoint: signCheckpoint(head, [ed25519Signer(logKey)]) }
    const bytes = Buffer.from(formatTlogProof(signed))
    const check = (file: Buffer) => checkTlogProof(parseTlogProof(decodeUtf8(file)), leafHash, log)
    expect(parseNote(signed.checkpoint).text).toBe(check(bytes).note.text)
    for (let position = 0; position < bytes.length; position += 1) {
      for (const change of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(bytes)
        changed[position] = (changed[position] ?? 0) ^ change
        expect(() => check(changed), `byte ${position}`).toThrow()
      }
    }
  })
})
