import { randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Id } from '../observability/id.ts'
import { idSchema } from '../platform/contract.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import { type Action, STREAM_KINDS, type StreamKind } from './actions.ts'
import { hmacSha256 } from './hmac.ts'
import { encodeJcs, type JcsValue, parseStrict } from './jcs.ts'

/** What an event belongs to, and its place there. The caller has locked the owner's row and taken the next `seq`. */
export type StreamPosition = { readonly kind: StreamKind; readonly ref: Id; readonly seq: number }

export type LeafActor = { readonly kind: 'system' } | { readonly kind: 'user' | 'operator'; readonly ref: Id }

/** Version of the leaf's own members; each action has one of its metadata besides. */
const LEAF_VERSION = 1
const NONCE_BYTES = 16

export type LeafParts = {
  readonly action: Action
  readonly actionVersion: number
  readonly stream: StreamPosition
  readonly actor: LeafActor
  readonly examRef: Id | undefined
  readonly requestId: string
  readonly occurredAt: Date
  /** Clear members; absent when they could not be made, which the leaf says. */
  readonly metadata: Readonly<Record<string, JcsValue>> | undefined
  /** Commitments to the sealed members, in hexadecimal. */
  readonly sealed: Readonly<Record<string, string>>
}

/** The bytes of an event, made once and never again: what is stored, hashed and published (ADR 13). */
export function encodeLeaf(parts: LeafParts): Buffer {
  const { kind, ref, seq } = parts.stream
  return encodeJcs({
    v: LEAF_VERSION,
    av: parts.actionVersion,
    action: parts.action,
    stream: { kind, ref },
    seq,
    actor: parts.actor,
    ...(parts.examRef && { exam: parts.examRef }),
    request: parts.requestId,
    // Milliseconds by the clock of the application, in the width of microseconds.
    time: `${parts.occurredAt.toISOString().slice(0, -1)}000Z`,
    ...(parts.metadata ? { metadata: parts.metadata } : { degraded: true }),
    ...(Object.keys(parts.sealed).length > 0 && { sealed: parts.sealed }),
    // Whoever sees the hash of a leaf learns nothing by guessing what is in it.
    nonce: randomBytes(NONCE_BYTES).toString('hex'),
  })
}

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

export const leafSchema = z.strictObject({
  v: z.literal(LEAF_VERSION),
  av: z.int().min(1),
  action: z.string().regex(/^[A-Z_]{2,40}$/),
  stream: z.strictObject({ kind: z.enum(STREAM_KINDS), ref: idSchema }),
  seq: z.int().min(1),
  actor: z.union([
    z.strictObject({ kind: z.literal('system') }),
    z.strictObject({ kind: z.enum(['user', 'operator']), ref: idSchema }),
  ]),
  exam: idSchema.optional(),
  request: z.string().regex(/^[A-Za-z0-9._-]{8,64}$/),
  time,
  metadata: z.record(z.string(), z.unknown()).optional(),
  degraded: z.literal(true).optional(),
  sealed: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).optional(),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
})
export type Leaf = z.output<typeof leafSchema>

/** Reads the bytes of an event. Throws a `TypeError`, which quotes nothing, for any others. */
export function decodeLeaf(bytes: Buffer): Leaf {
  const leaf = leafSchema.safeParse(parseStrict(bytes))
  if (!leaf.success) throw new TypeError('leaf: not an event')
  return leaf.data
}

const KEY_ID_BYTES = 4

/** Authenticates a leaf: key id ‖ HMAC-SHA256. The database, which does not hold the key, can make none. */
export function macLeaf(ring: KeyRing, leaf: Buffer): Buffer {
  const { id, key } = ring.current
  return Buffer.concat([Buffer.from(id, 'hex'), hmacSha256(key, leaf)])
}

/** Whether a key of the ring made this MAC of the leaf. */
export function isMacOf(ring: KeyRing, leaf: Buffer, mac: Buffer): boolean {
  const known = ring.find(mac.toString('hex', 0, KEY_ID_BYTES))
  const given = mac.subarray(KEY_ID_BYTES)
  if (known === undefined) return false
  const expected = hmacSha256(known.key, leaf)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
