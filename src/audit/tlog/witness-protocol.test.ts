import { describe, expect, it } from 'vitest'
import { leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { cosignatureVerifier, cosignedAt, cosigner } from './cosignature.ts'
import { EMPTY_ROOT } from './merkle.ts'
import { ed25519Signer, ed25519Verifier, parseNote } from './note.ts'
import { COSIGNATURE_V1, ED25519, generateSkey, parseSkey } from './note-key.ts'
import {
  decideAddCheckpoint,
  formatAddCheckpoint,
  latestCheckpointPath,
  parseAddCheckpoint,
  readWitnessAnswer,
} from './witness-protocol.ts'

/** The example of C2SP tlog-witness. */
const SPEC_BODY = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`

const ORIGIN = 'example.org/log'
const logKey = parseSkey(generateSkey(ORIGIN, ED25519))
const log = { origin: ORIGIN, verifiers: [ed25519Verifier(logKey)] }
const witnessKey = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
const witnessVerifier = cosignatureVerifier(witnessKey)
const witness = { logs: [log], cosigner: cosigner(witnessKey, () => 1_700_000_000) }
const tree = ReferenceTree.ofSize(100)

const headOf = (size: number, from = tree) => ({ origin: ORIGIN, size, root: from.root(size) })
const checkpointOf = (size: number, from = tree) =>
  signCheckpoint(headOf(size, from), [ed25519Signer(logKey)])
const proofOf = (oldSize: number, size: number, from = tree) =>
  oldSize === 0 ? [] : from.consistency(oldSize, size)
const requestOf = (oldSize: number, size: number, from = tree) => ({
  oldSize,
  proof: proofOf(oldSize, size, from),
  checkpoint: checkpointOf(size, from),
})
/** What the witness of `latest` leaves decides on this request. */
const decide = (latest: number | undefined, body: string) =>
  decideAddCheckpoint(
    witness,
    (origin) => (latest !== undefined && origin === ORIGIN ? headOf(latest) : undefined),
    Buffer.from(body),
  )

describe('a request to cosign', () => {
  it('is that of the specification', () => {
    const request = parseAddCheckpoint(SPEC_BODY)
    expect(request.oldSize).toBe(20_852_014)
    expect(request.proof).toHaveLength(4)
    expect(parseNote(request.checkpoint).signatures).toHaveLength(2)
    expect(formatAddCheckpoint(request)).toBe(SPEC_BODY)
  })

  it('is cosigned at first sight, and when it grew out of what was cosigned', () => {
    for (const [latest, size] of [
      [undefined, 7],
      [0, 0],
      [7, 7],
      [7, 8],
      [8, 100],
    ] as const) {
      const { answer, cosigned } = decide(latest, formatAddCheckpoint(requestOf(latest ?? 0, size)))
      expect(answer.status).toBe(200)
      expect(cosigned?.checkpoint).toMatchObject(headOf(size))
      const kept = openCheckpoint(cosigned?.note ?? '', log, [witnessVerifier])
      expect(kept.cosignatures.map(cosignedAt)).toEqual([1_700_000_000])
      expect(`${checkpointOf(size)}${answer.body}`).toBe(cosigned?.note)
    }
  })

  it('is answered with the size that the witness knows when it begins elsewhere', () => {
    for (const [latest, oldSize, size] of [
      [7, 0, 8],
      [7, 6, 8],
      [7, 8, 8],
      [undefined, 3, 8],
      [50, 7, 8],
    ] as const) {
      const decision = decide(latest, formatAddCheckpoint(requestOf(oldSize, size)))
      expect(decision).toEqual({
        answer: { status: 409, contentType: 'text/x.tlog.size', body: `${latest ?? 0}\n` },
      })
    }
  })

  const rewritten = new ReferenceTree(leavesOf(100).with(2, Buffer.from('rewritten')))
  const [first, ...others] = requestOf(7, 20).proof
  const forged = checkpointOf(20).replace('\n20\n', '\n21\n')
  const stranger = parseSkey(generateSkey(ORIGIN, ED25519))
  it.each([
    ['a history that was rewritten', 422, requestOf(7, 20, rewritten)],
    ['a proof with a hash missing', 422, { ...requestOf(7, 20), proof: others }],
    [
      'a proof with a hash too many',
      422,
      { ...requestOf(7, 20), proof: [first, first, ...others] as Buffer[] },
    ],
    ['no proof', 422, { ...requestOf(7, 20), proof: [] }],
    ['a proof where none is due', 422, { ...requestOf(7, 7), proof: [tree.leafHash(0)] }],
    ['another root for the same size', 409, requestOf(7, 7, rewritten)],
    ['an old size beyond the new one', 400, { ...requestOf(7, 20), oldSize: 21 }],
    ['a signature that the log did not make', 403, { ...requestOf(7, 20), checkpoint: forged }],
    [
      'no signature of the log',
      403,
      { ...requestOf(7, 20), checkpoint: signCheckpoint(headOf(20), [ed25519Signer(stranger)]) },
    ],
    [
      'another log',
      404,
      {
        ...requestOf(7, 20),
        checkpoint: signCheckpoint({ ...headOf(20), origin: 'example.org/other' }, [ed25519Signer(logKey)]),
      },
    ],
  ])('is refused for %s: %i', (_, status, request) => {
    const { answer, cosigned } = decide(7, formatAddCheckpoint(request))
    expect(answer).toMatchObject({ status, contentType: 'text/plain; charset=utf-8' })
    expect(cosigned).toBeUndefined()
  })

  it('is refused for an empty tree with another root, and for a first one with a proof', () => {
    const notEmpty = signCheckpoint({ origin: ORIGIN, size: 0, root: tree.root(1) }, [ed25519Signer(logKey)])
    expect(
      decide(undefined, formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: notEmpty })),
    ).toMatchObject({
      answer: { status: 409 },
    })
    const proved = { ...requestOf(0, 8), proof: [EMPTY_ROOT] }
    expect(decide(undefined, formatAddCheckpoint(proved))).toMatchObject({ answer: { status: 422 } })
  })

  const BODY = formatAddCheckpoint(requestOf(7, 20))
  it.each([
    ['nothing', ''],
    ['no old size', BODY.replace(/^old 7\n/, '')],
    ['an old size with a leading zero', BODY.replace('old 7', 'old 07')],
    ['an old size with a space', BODY.replace('old 7', 'old 7 ')],
    ['an old size that is negative', BODY.replace('old 7', 'old -7')],
    ['a line of no hash', BODY.replace('old 7\n', 'old 7\nYQ==\n')],
    ['64 hashes', BODY.replace('old 7\n', `old 7\n${`${EMPTY_ROOT.toString('base64')}\n`.repeat(64)}`)],
    ['no checkpoint', 'old 7\n\n'],
    ['a checkpoint without signature', `old 0\n\n${parseNote(checkpointOf(20)).text}`],
    ['a note that is no checkpoint', `old 0\n\nhello\n\n${checkpointOf(20).split('\n\n')[1]}`],
  ])('is refused with %s: 400', (_, body) => {
    expect(decide(7, body)).toMatchObject({ answer: { status: 400 } })
  })

  it('is refused when it is not UTF-8', () => {
    const body = Buffer.concat([Buffer.from(BODY), Buffer.of(0xff)])
    expect(decideAddCheckpoint(witness, () => headOf(7), body).answer.status).toBe(400)
  })

  it('is not decided when the witness itself fails', () => {
    const broken = () => {
      throw new Error('disk')
    }
    expect(() => decideAddCheckpoint(witness, broken, Buffer.from(BODY))).toThrow('disk')
    const logs = [{ ...log, verifiers: log.verifiers.map((verifier) => ({ ...verifier, verify: broken })) }]
    expect(() => decideAddCheckpoint({ ...witness, logs }, () => headOf(7), Buffer.from(BODY))).toThrow(
      'disk',
    )
  })
})

describe('the answer of a witness', () => {
  const text = parseNote(checkpointOf(20)).text
  const read = (answer: { status: number; contentType: string; body: string }) =>
    readWitnessAnswer(answer, text, [witnessVerifier])

  it('is its cosignature', () => {
    const { answer } = decide(7, formatAddCheckpoint(requestOf(7, 20)))
    expect(read(answer)).toMatchObject({
      kind: 'cosigned',
      cosignatures: [{ name: 'example.org/witness', keyId: witnessKey.id }],
    })
  })

  it('is the size from which to prove, smaller or larger than expected', () => {
    expect(read(decide(13, formatAddCheckpoint(requestOf(7, 20))).answer)).toEqual({
      kind: 'other-size',
      size: 13,
    })
    const parameters = { status: 409, contentType: 'Text/X.tlog.size; charset=utf-8', body: '99\n' }
    expect(read(parameters)).toEqual({ kind: 'other-size', size: 99 })
  })

  it('is a refusal, also a conflict that names no size', () => {
    for (const status of [400, 403, 404, 409, 422, 500]) {
      expect(read({ status, contentType: 'text/plain', body: 'no\n' })).toEqual({ kind: 'refused', status })
    }
  })

  it.each([
    ['malformed', { status: 200, contentType: 'text/plain', body: '' }],
    ['malformed', { status: 200, contentType: 'text/plain', body: '<html>' }],
    ['malformed', { status: 409, contentType: 'text/x.tlog.size', body: 'many\n' }],
    ['malformed', { status: 409, contentType: 'text/x.tlog.size', body: '7\n\n' }],
    ['unsigned', { status: 200, contentType: 'text/plain', body: '— example.org/other AAAAAAAA\n' }],
    ['bad-signature', { ...decide(7, formatAddCheckpoint(requestOf(7, 19))).answer }],
  ])('is none when it is %s: %o', (fault, answer) => {
    expect(() => read(answer)).toThrow(expect.objectContaining({ fault }))
  })
})

it('the checkpoint that a witness saw last lies under the hash of its origin', () => {
  expect(latestCheckpointPath(ORIGIN)).toBe(
    'd2ddd66899fd15bead08af77cf16e1fda92ebeaacf1c56f97d32388910e8f991/checkpoint',
  )
})
