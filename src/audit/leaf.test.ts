import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newRef } from '../platform/ids.ts'
import { ACTIONS, type Action, STREAM_KINDS } from './actions.ts'
import { encodeJcs, type JcsValue } from './jcs.ts'
import { decodeLeaf, encodeLeaf, type LeafParts } from './leaf.ts'

const ref = fc.constantFrom(...Array.from({ length: 8 }, () => newRef()))
const digest = fc.stringMatching(/^[0-9a-f]{64}$/)
const name = fc.stringMatching(/^[a-z][a-z_]{0,15}$/)
const scalar = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.maxSafeInteger(), fc.boolean())
const metadata = fc.dictionary(name, fc.oneof(scalar, fc.array(scalar, { maxLength: 5 })), { maxKeys: 8 })

/** Any event that could be made, also with metadata that no action names. */
const parts: fc.Arbitrary<LeafParts> = fc.record({
  action: fc.constantFrom(...(Object.keys(ACTIONS) as Action[])),
  actionVersion: fc.integer({ min: 1, max: 9 }),
  stream: fc.record({
    kind: fc.constantFrom(...STREAM_KINDS),
    ref,
    seq: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  }),
  actor: fc.oneof(
    fc.constant({ kind: 'system' } as const),
    fc.record({ kind: fc.constantFrom('user', 'operator'), ref }),
  ),
  examRef: fc.option(ref, { nil: undefined }),
  requestId: fc.stringMatching(/^[A-Za-z0-9._-]{8,64}$/),
  occurredAt: fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  metadata: fc.option(metadata, { nil: undefined }),
  sealed: fc.dictionary(name, digest, { maxKeys: 4 }),
})

describe('the bytes of an event', () => {
  it('are, byte for byte, what an implementation of RFC 8785 that is not ours makes of it', () => {
    fc.assert(
      fc.property(parts, (event) => {
        const bytes = encodeLeaf(event)
        const { nonce } = decodeLeaf(bytes)
        expect(bytes.toString()).toBe(canonicalize({ ...expected(event), nonce }))
      }),
      { numRuns: 1_000 },
    )
  })

  it('are decoded to what was encoded', () => {
    fc.assert(
      fc.property(parts, (event) => {
        const { nonce, ...leaf } = decodeLeaf(encodeLeaf(event))
        expect(leaf).toEqual(expected(event))
        expect(nonce).toMatch(/^[0-9a-f]{32}$/)
      }),
    )
  })

  it('are others each time, so that nobody finds out by guessing what they say', () => {
    fc.assert(
      fc.property(parts, (event) => {
        expect(encodeLeaf(event)).not.toEqual(encodeLeaf(event))
      }),
    )
  })
})

describe('what is no event', () => {
  const [stream, actor] = [
    { kind: 'copy', ref: newRef() },
    { kind: 'user', ref: newRef() },
  ]
  const leaf = {
    v: 1,
    av: 1,
    action: 'CREATE_ANN',
    stream,
    seq: 3,
    actor,
    exam: newRef(),
    request: newRef(),
    time: '2026-01-02T03:04:05.678000Z',
    metadata: { page: 1 },
    sealed: { points: 'ab'.repeat(32) },
    nonce: 'cd'.repeat(16),
  }
  const decode = (value: unknown) => decodeLeaf(encodeJcs(value as JcsValue))

  it('is none of these', () => {
    expect(decode(leaf)).toEqual(leaf)
    expect(decode({ ...leaf, actor: { kind: 'system' } })).toMatchObject({ actor: { kind: 'system' } })
  })

  it.each(['v', 'av', 'action', 'stream', 'seq', 'actor', 'request', 'time', 'nonce'])(
    'lacks its %s',
    (name) => {
      const { [name as 'v']: _, ...rest } = leaf
      expect(() => decode(rest)).toThrow(TypeError)
    },
  )

  it.each<[string, unknown]>([
    ['v', 2],
    ['av', 0],
    ['av', '1'],
    ['action', 'create_ann'],
    ['action', 'A'.repeat(41)],
    ['stream', 'copy'],
    ['stream', { kind: 'pupil', ref: stream.ref }],
    ['stream', { kind: 'copy' }],
    ['stream', { ...stream, seq: 1 }],
    ['stream', { ...stream, ref: stream.ref.toUpperCase() }],
    ['stream', { ...stream, ref: 'Léa Martin' }],
    ['seq', -1],
    ['actor', { kind: 'user' }],
    ['actor', { kind: 'system', ref: actor.ref }],
    ['actor', { kind: 'system', name: 'root' }],
    ['actor', { kind: 'root', ref: actor.ref }],
    ['actor', [actor]],
    ['exam', 'maths'],
    ['request', 'a b c d e f'],
    ['time', '2026-01-02T03:04:05.678Z'],
    ['metadata', [1]],
    ['metadata', 'page 1'],
    ['degraded', false],
    ['sealed', { points: 15 }],
    ['sealed', { points: 'AB'.repeat(32) }],
    ['nonce', 'cd'],
    ['pupil', 'Léa Martin'],
    ['toString', 1],
  ])('has another %s: %j', (name, value) => {
    expect(() => decode({ ...leaf, [name]: value })).toThrow(new TypeError('leaf: not an event'))
  })
})

/** An event as `docs/events.md` says that it is written. */
function expected({ stream, occurredAt, metadata, sealed, ...event }: LeafParts) {
  const [date, milliseconds] = occurredAt.toISOString().split('.')
  return {
    v: 1,
    av: event.actionVersion,
    action: event.action,
    stream: { kind: stream.kind, ref: stream.ref },
    seq: stream.seq,
    actor: event.actor,
    request: event.requestId,
    time: `${date}.${milliseconds?.replace('Z', '')}000Z`,
    ...(event.examRef === undefined ? {} : { exam: event.examRef }),
    ...(metadata === undefined ? { degraded: true } : { metadata }),
    ...(Object.keys(sealed).length === 0 ? {} : { sealed }),
  }
}
