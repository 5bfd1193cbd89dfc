import type { Keys } from '../platform/keys.ts'
import { ACTIONS, type Action } from './actions.ts'
import { decodeLeaf, isMacOf, type Leaf } from './leaf.ts'
import { findUnequalColumn, type Projection } from './projection.ts'

/** Why an event is not taken at its word. Its place in the tree goes to an entry that says so. */
export const QUARANTINE_REASONS = [
  /** It was queued, and is gone. */
  'event-missing',
  'leaf-missing',
  /** No key of the installation authenticates it. */
  'mac',
  'encoding',
  /** Not what its action, in its version, may say. */
  'schema',
  /** A column says something else than the leaf. */
  'projection',
] as const
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number]

export type EventBytes = { readonly leaf: Buffer | null; readonly mac: Buffer | null }

/** Checks an event by itself: its authentication, encoding, schema and columns. Returns its leaf or what is wrong. */
export function inspectEvent(keys: Pick<Keys, 'mac'>, row: Projection & EventBytes): Leaf | QuarantineReason {
  if (row.leaf === null) return 'leaf-missing'
  if (row.mac === null || !isMacOf(keys.mac, row.leaf, row.mac)) return 'mac'
  return inspectContent(row)
}

/** The same without the key: what an event says, whoever made it. */
export function inspectContent(row: Projection & EventBytes): Leaf | QuarantineReason {
  if (row.leaf === null) return 'leaf-missing'
  const leaf = tryDecode(row.leaf)
  if (leaf === undefined) return 'encoding'
  if (!fitsSchema(leaf)) return 'schema'
  return findUnequalColumn(leaf, row) === undefined ? leaf : 'projection'
}

/** The leaf of these bytes; undefined when they are none. */
export function tryDecode(bytes: Buffer): Leaf | undefined {
  try {
    return decodeLeaf(bytes)
  } catch {
    return undefined
  }
}

function fitsSchema(leaf: Leaf): boolean {
  const schema = Object.hasOwn(ACTIONS, leaf.action) ? ACTIONS[leaf.action as Action] : undefined
  // Members only ever join: what an earlier version says fits the present one.
  if (schema === undefined || leaf.av < 1 || leaf.av > schema.version) return false
  // It says itself that its metadata could not be made.
  if (leaf.metadata === undefined) return leaf.degraded === true
  const fields = Object.keys(leaf.sealed ?? {})
  return (
    schema.clear.safeParse(leaf.metadata).success &&
    fields.every((field) => Object.hasOwn(schema.sealed.shape, field))
  )
}
