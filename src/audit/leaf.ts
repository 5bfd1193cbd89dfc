import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Id, isId } from '../observability/id.ts'
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

/** What the bytes of an event are to say, as decoding them gives it back. */
export function composeLeaf(parts: LeafParts): Leaf & JcsValue {
  const { kind, ref, seq } = parts.stream
  return {
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
  }
}

/** The bytes of an event, made once and never again: what is stored, hashed and published (ADR 13). */
export function encodeLeaf(parts: LeafParts): Buffer {
  return encodeJcs(composeLeaf(parts))
}

/** What the bytes of an event say. */
export type Leaf = {
  readonly v: typeof LEAF_VERSION
  readonly av: number
  readonly action: string
  readonly stream: { readonly kind: StreamKind; readonly ref: Id }
  readonly seq: number
  readonly actor: LeafActor
  readonly exam?: Id
  readonly request: string
  readonly time: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly degraded?: true
  readonly sealed?: Readonly<Record<string, string>>
  readonly nonce: string
}

/** Reads the bytes of an event. Throws a `TypeError`, which quotes nothing, for any others. */
export function decodeLeaf(bytes: Buffer): Leaf {
  const value = parseStrict(bytes)
  if (!isLeaf(value)) throw new TypeError('leaf: not an event')
  return value
}

type Check = (value: unknown) => boolean
type Form = Readonly<Record<string, Check>>

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const isPositive: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1
const isSha256 = matches(/^[0-9a-f]{64}$/)

const STREAM_FORM: Form = { kind: (kind) => STREAM_KINDS.includes(kind as StreamKind), ref: isId }
const PERSON_FORM: Form = { kind: (kind) => kind === 'user' || kind === 'operator', ref: isId }
const SYSTEM_FORM: Form = { kind: (kind) => kind === 'system' }

// By hand, since whoever orders, verifies or reads the log checks each of its events: a fifth of the time of a schema.
const REQUIRED_FORM: Form = {
  v: (version) => version === LEAF_VERSION,
  av: isPositive,
  action: matches(/^[A-Z_]{2,40}$/),
  stream: (stream) => isRecord(stream) && hasForm(stream, STREAM_FORM),
  seq: isPositive,
  actor: (actor) => isRecord(actor) && (hasForm(actor, PERSON_FORM) || hasForm(actor, SYSTEM_FORM)),
  request: matches(/^[A-Za-z0-9._-]{8,64}$/),
  time: matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
  nonce: matches(/^[0-9a-f]{32}$/),
}
const OPTIONAL_FORM: Form = {
  exam: isId,
  metadata: isRecord,
  degraded: (degraded) => degraded === true,
  sealed: (sealed) => isRecord(sealed) && Object.values(sealed).every(isSha256),
}

function isLeaf(value: unknown): value is Leaf {
  return isRecord(value) && hasForm(value, REQUIRED_FORM, OPTIONAL_FORM)
}

const NONE: Form = {}

/** Whether all members of `required` are there, and nothing that neither form has. */
function hasForm(value: Readonly<Record<string, unknown>>, required: Form, optional = NONE): boolean {
  let found = 0
  for (const name of Object.keys(value)) {
    const isRequired = Object.hasOwn(required, name)
    const check = isRequired ? required[name] : Object.hasOwn(optional, name) ? optional[name] : undefined
    if (check === undefined || !check(value[name])) return false
    if (isRequired) found += 1
  }
  return found === Object.keys(required).length
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
