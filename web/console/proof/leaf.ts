import type { AuditEventView } from '../../../src/audit/contract.ts'
import { type Bytes, fromHex, fromUtf8, toHex, toUtf8 } from './bytes.ts'
import { Fault, type Place } from './fault.ts'

/** What the bytes of an event say, as far as it is compared with what is shown. */
export type Leaf = {
  readonly action: string
  readonly stream: { readonly kind: string; readonly ref: string }
  readonly seq: number
  readonly actor: { readonly kind: string; readonly ref?: string }
  readonly exam?: string
  readonly request: string
  readonly time: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly sealed?: Readonly<Record<string, string>>
}

export type Disclosed = Readonly<Record<string, { readonly salt: string; readonly json: string }>>

/** Sealed members that are kept in hundredths of a point and shown in points. */
const HUNDREDTHS: ReadonlySet<string> = new Set(['final_score', 'points'])

/** Reads the bytes of an event, in the one spelling that they have. Throws `not-included`: such bytes are in no log. */
export function readLeaf(bytes: Bytes, place: Place): Leaf {
  const text = fromUtf8(bytes)
  const value = text === undefined ? undefined : parseJson(text)
  if (!isLeaf(value) || JSON.stringify(value) !== text) throw new Fault('not-included', place)
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isLeaf(value: unknown): value is Leaf {
  const leaf = value as Partial<Leaf> | null | undefined
  return (
    typeof leaf?.action === 'string' &&
    typeof leaf.seq === 'number' &&
    typeof leaf.stream?.ref === 'string' &&
    typeof leaf.actor?.kind === 'string' &&
    typeof leaf.time === 'string'
  )
}

/**
 * Compares what is shown of an event with what its bytes say, sealed members by what was committed to.
 * Throws `shown-otherwise` and `disclosed-otherwise`, with the member.
 */
export async function compareShown(
  leaf: Leaf,
  shown: AuditEventView,
  { disclosed, place }: { readonly disclosed: Disclosed; readonly place: Place },
): Promise<void> {
  const heads: readonly (readonly [string, unknown, unknown])[] = [
    ['action', leaf.action, shown.action],
    ['stream', leaf.stream.ref, shown.stream.ref],
    ['stream', leaf.stream.kind, shown.stream.kind],
    ['seq', leaf.seq, shown.seq],
    ['actor', leaf.actor.kind, shown.actor.kind],
    ['actor', leaf.actor.ref ?? null, shown.actor.ref],
    ['exam', leaf.exam ?? null, shown.examRef],
    ['request', leaf.request, shown.requestId],
    ['time', Date.parse(leaf.time), Date.parse(shown.occurredAt)],
  ]
  for (const [field, said, told] of heads) {
    if (said !== told) throw new Fault('shown-otherwise', { ...place, field })
  }
  const { metadata = {}, sealed = {} } = leaf
  for (const field of new Set([
    ...Object.keys(metadata),
    ...Object.keys(sealed),
    ...Object.keys(shown.metadata),
  ])) {
    const commitment = sealed[field]
    const isAsSaid =
      commitment === undefined
        ? isSameValue(metadata[field], shown.metadata[field])
        : await isCommittedTo(field, commitment, { opening: disclosed[field], shown: shown.metadata[field] })
    if (!isAsSaid) throw new Fault('shown-otherwise', { ...place, field })
  }
  for (const [field, opening] of Object.entries(disclosed)) {
    if ((await commit(field, opening)) !== sealed[field])
      throw new Fault('disclosed-otherwise', { ...place, field })
  }
}

/** A sealed member is shown as it was committed to, or not at all: as erased, or as sealed. */
async function isCommittedTo(
  field: string,
  commitment: string,
  { opening, shown }: { readonly opening: Disclosed[string] | undefined; readonly shown: unknown },
): Promise<boolean> {
  if (opening === undefined)
    return isSameValue(shown, { erased: true }) || isSameValue(shown, { sealed: true })
  return (await commit(field, opening)) === commitment && isSameValue(openedValue(field, opening.json), shown)
}

/** The log has no null: it is written as an empty list. */
function openedValue(field: string, json: string): unknown {
  const value = parseJson(json)
  if (Array.isArray(value) && value.length === 0) return null
  return HUNDREDTHS.has(field) && typeof value === 'number' ? value / 100 : value
}

async function commit(field: string, { salt, json }: Disclosed[string]): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', fromHex(salt), algorithm, false, ['sign'])
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, toUtf8(`${field}\0${json}`))))
}

/** Equal as JSON is, whatever the order of members. */
function isSameValue(a: unknown, b: unknown): boolean {
  return inOrder(a) === inOrder(b)
}

function inOrder(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
