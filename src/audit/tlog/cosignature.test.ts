import { describe, expect, it } from 'vitest'
import { openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { cosignatureVerifier, cosignedAt, cosigner } from './cosignature.ts'
import { hashLeaf } from './merkle.ts'
import { ed25519Signer, ed25519Verifier, formatNote, openNote, parseNote, signText } from './note.ts'
import { COSIGNATURE_V1, ED25519, generateSkey, parseSkey, parseVkey } from './note-key.ts'

const key = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
const verifier = cosignatureVerifier(key)
const text = `example.org/log\n1\n${hashLeaf(Buffer.of()).toString('base64')}\n`
const sign = (seconds: number) =>
  signText(
    text,
    cosigner(key, () => seconds),
  )

describe('a cosignature', () => {
  it('of a public witness is accepted: the checkpoint of a public log, of October 2026', () => {
    const note = [
      'markovianprotocol.com/log',
      '9266',
      'QnwPzJywq5AyOk9k1zLqfryh6Ktw1CnaaKplELApoxw=',
      '',
      '— markovianprotocol.com/log AwLGyIvuxLXZM101mKdNCPTsl9GgtiG/wzbd8cGru0pGnWVMXI06twIsEIZho7n8id+w2EO0BZCalxuEm6BauQGNmgo=',
      '— witness.navigli.sunlight.geomys.org o+AP4gAAAABqwX+So8evhUsltetL+QnwUxEYMNrD25pJYOTFHwDCopbgQMl2AEh583AxfFNMDZzE73rdjK62tUN8oUBfd9p6usq+BA==',
      '',
    ].join('\n')
    const log = ed25519Verifier(
      parseVkey('markovianprotocol.com/log+0302c6c8+ATkpOWo95UuEiW2EhNZAol4f0CS8hMluJfPcTSzrr03v'),
    )
    const witness = cosignatureVerifier(
      parseVkey('witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G'),
    )
    const opened = openCheckpoint(note, { origin: 'markovianprotocol.com/log', verifiers: [log] }, [witness])
    expect(opened.checkpoint.size).toBe(9266)
    expect(opened.cosignatures.map(cosignedAt)).toEqual([0x6ac17f92])
  })

  it('is 8 bytes of time and 64 of signature, as in the example of the specification', () => {
    const example = parseNote(
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n',
    )
    expect(example.signatures.map(cosignedAt)).toEqual([1_679_315_147])
    expect(example.signatures[0]?.signature).toHaveLength(72)
    expect(sign(1_679_315_147).signature.subarray(0, 8)).toEqual(
      example.signatures[0]?.signature.subarray(0, 8),
    )
  })

  it('stands beside the signature of the log', () => {
    const logKey = parseSkey(generateSkey('example.org/log', ED25519))
    const head = { origin: 'example.org/log', size: 1, root: hashLeaf(Buffer.of()) }
    const signed = parseNote(signCheckpoint(head, [ed25519Signer(logKey)]))
    const note = formatNote({ ...signed, signatures: [...signed.signatures, sign(1_700_000_000)] })
    const opened = openNote(note, [verifier, ed25519Verifier(logKey)])
    expect(opened.signatures.map(({ name }) => name)).toEqual(['example.org/log', 'example.org/witness'])
  })

  it('is refused with any byte changed, cut or lengthened', () => {
    const { signature } = sign(1_700_000_000)
    expect(verifier.verify(text, signature)).toBe(true)
    for (let position = 0; position < signature.length; position += 1) {
      const changed = Buffer.from(signature)
      changed[position] = (changed[position] ?? 0) ^ 0x80
      expect(verifier.verify(text, changed), `byte ${position}`).toBe(false)
    }
    expect(verifier.verify(text, signature.subarray(0, 71))).toBe(false)
    expect(verifier.verify(text, Buffer.concat([signature, Buffer.of(0)]))).toBe(false)
    expect(verifier.verify(text, Buffer.of())).toBe(false)
    expect(verifier.verify(text.replace('\n1\n', '\n2\n'), signature)).toBe(false)
    expect(verifier.verify(`${text}extension\n`, signature)).toBe(false)
  })

  it('is made of checkpoints only, at a time that a clock can show', () => {
    expect(() =>
      signText(
        'any text\n',
        cosigner(key, () => 0),
      ),
    ).toThrow(expect.objectContaining({ fault: 'malformed' }))
    expect(verifier.verify(text, sign(2 ** 62).signature)).toBe(true)
    expect(verifier.verify(text, sign(2 ** 63).signature)).toBe(false)
    expect(() => sign(1.5)).toThrow(RangeError)
    expect(() => sign(-1)).toThrow(RangeError)
  })
})
