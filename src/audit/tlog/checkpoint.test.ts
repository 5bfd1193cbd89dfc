import { LogCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { cosignatureVerifier, cosigner } from './cosignature.ts'
import { EMPTY_ROOT, hashLeaf } from './merkle.ts'
import { ed25519Signer, ed25519Verifier, formatNote, parseNote, signText } from './note.ts'
import { COSIGNATURE_V1, ED25519, generateSkey, parseSkey } from './note-key.ts'

/** The example of C2SP tlog-checkpoint. */
const SPEC_TEXT = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
const SPEC_NOTE = `${SPEC_TEXT}\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n`

const ORIGIN = 'example.org/log'
const key = parseSkey(generateSkey(ORIGIN, ED25519))
const log = { origin: ORIGIN, verifiers: [ed25519Verifier(key)] }
const head = { origin: ORIGIN, size: 1, root: hashLeaf(Buffer.from('x')) }
const fault = (name: string) => expect.objectContaining({ fault: name })

describe('the text of a checkpoint', () => {
  it('is that of the specification', () => {
    const checkpoint = parseCheckpoint(parseNote(SPEC_NOTE).text)
    expect(checkpoint).toMatchObject({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      extensions: [],
    })
    expect(formatCheckpoint(checkpoint)).toBe(SPEC_TEXT)
  })

  it('is read alike by an implementation that is not ours', () => {
    const theirs = LogCheckpoint.fromString(formatCheckpoint(head))
    expect(theirs).toMatchObject({ origin: ORIGIN, logSize: 1n, logHash: head.root, rest: [] })
  })

  it('may hold lines that other logs add', () => {
    expect(parseCheckpoint(`${SPEC_TEXT}one\ntwo three\n`).extensions).toEqual(['one', 'two three'])
  })

  it('has a head of no leaf', () => {
    const empty = { origin: ORIGIN, size: 0, root: EMPTY_ROOT }
    expect(parseCheckpoint(formatCheckpoint(empty))).toEqual({ ...empty, extensions: [] })
  })

  const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='
  it.each([
    ['without origin', `\n1\n${ROOT}\n`],
    ['without root', `a\n1\n`],
    ['without its last newline', `a\n1\n${ROOT}`],
    ['with a line that does not end', `a\n1\n${ROOT}\nb`],
    ['with an empty line', `a\n1\n${ROOT}\n\n`],
    ['with an empty line before others', `a\n1\n${ROOT}\n\nb\n`],
    ['with a leading zero', `a\n01\n${ROOT}\n`],
    ['with a plus', `a\n+1\n${ROOT}\n`],
    ['with a minus', `a\n-1\n${ROOT}\n`],
    ['with a space', `a\n1 \n${ROOT}\n`],
    ['with an exponent', `a\n1e3\n${ROOT}\n`],
    ['with hexadecimal digits', `a\n0x10\n${ROOT}\n`],
    ['with digits of another script', `a\n\u0661\n${ROOT}\n`],
    ['with more leaves than are counted', `a\n9007199254740993\n${ROOT}\n`],
    ['with a root too short', `a\n1\n${Buffer.alloc(31).toString('base64')}\n`],
    ['with a root too long', `a\n1\n${Buffer.alloc(33).toString('base64')}\n`],
    ['with a root without padding', `a\n1\n${ROOT.replace('=', '')}\n`],
    ['with a root with bits beyond its end', `a\n1\n${ROOT.replace('2I=', '2J=')}\n`],
    ['with a root in the other alphabet', `a\n1\n${ROOT.replace('/', '_')}\n`],
  ])('is refused %s', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(fault('malformed'))
  })

  it('is not written for what would be read as something else', () => {
    for (const wrong of [
      { ...head, origin: '' },
      { ...head, origin: 'a\n5' },
      { ...head, size: -1 },
      { ...head, size: 1.5 },
      { ...head, size: 2 ** 53 },
      { ...head, root: Buffer.alloc(20) },
    ]) {
      expect(() => formatCheckpoint(wrong)).toThrow(fault('malformed'))
    }
  })
})

describe('a signed checkpoint', () => {
  const witnessKey = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
  const signed = signCheckpoint(head, [ed25519Signer(key)])
  const line = signText(
    parseNote(signed).text,
    cosigner(witnessKey, () => 1_700_000_000),
  )
  const cosigned = formatNote({ ...parseNote(signed), signatures: [...parseNote(signed).signatures, line] })

  it('is opened by who knows the log', () => {
    expect(openCheckpoint(signed, log)).toMatchObject({ checkpoint: head, cosignatures: [] })
  })

  it('is refused for another log, and with another key', () => {
    expect(() => openCheckpoint(signed, { ...log, origin: 'example.org/other' })).toThrow(
      fault('wrong-origin'),
    )
    const other = ed25519Verifier(parseSkey(generateSkey(ORIGIN, ED25519)))
    expect(() => openCheckpoint(signed, { ...log, verifiers: [other] })).toThrow(fault('unsigned'))
    expect(() => openCheckpoint(signed.replace('\n1\n', '\n2\n'), log)).toThrow(fault('bad-signature'))
  })

  it('tells which of the known witnesses cosigned', () => {
    const witness = cosignatureVerifier(witnessKey)
    const stranger = cosignatureVerifier(parseSkey(generateSkey('example.org/stranger', COSIGNATURE_V1)))
    expect(openCheckpoint(cosigned, log, [stranger, witness]).cosignatures).toEqual([line])
    expect(openCheckpoint(cosigned, log, [stranger]).cosignatures).toEqual([])
    expect(openCheckpoint(cosigned, log)).toMatchObject({ cosignatures: [], note: { unknown: [line] } })
  })

  it('is nothing without the signature of its log, whoever cosigned', () => {
    const alone = formatNote({ text: parseNote(signed).text, signatures: [line] })
    expect(() => openCheckpoint(alone, log, [cosignatureVerifier(witnessKey)])).toThrow(fault('unsigned'))
  })
})
