import { isDeepStrictEqual } from 'node:util'
import type { Leaf } from './leaf.ts'

/** The columns of `audit_event` that repeat what the leaf says, for queries. Times in the leaf's own form. */
export type Projection = {
  readonly stream_kind: string
  readonly stream_ref: string
  readonly seq: number
  readonly action: string
  readonly actor_kind: string
  readonly actor_ref: string | null
  readonly exam_ref: string | null
  readonly request_id: string
  readonly occurred_at: string
  readonly metadata: unknown
}

/**
 * The columns that the leaf cannot know: the row's own number; the leaf itself and what authenticates it, which have
 * checks of their own; when and on which way the database took it.
 */
export const UNPROJECTED_COLUMNS = ['id', 'leaf', 'mac', 'recorded_at', 'late'] as const

/** What the columns of an event must hold. */
export function projectLeaf(leaf: Leaf): Projection {
  return {
    stream_kind: leaf.stream.kind,
    stream_ref: leaf.stream.ref,
    seq: leaf.seq,
    action: leaf.action,
    actor_kind: leaf.actor.kind,
    actor_ref: leaf.actor.kind === 'system' ? null : leaf.actor.ref,
    exam_ref: leaf.exam ?? null,
    request_id: leaf.request,
    occurred_at: leaf.time,
    metadata: leaf.metadata ?? {},
  }
}

/** The first column that says something else than the leaf; undefined when all agree. */
export function findUnequalColumn(leaf: Leaf, row: Projection): keyof Projection | undefined {
  const expected = projectLeaf(leaf)
  const names = Object.keys(expected) as (keyof Projection)[]
  return names.find((name) => expected[name] !== row[name] && !isDeepStrictEqual(expected[name], row[name]))
}
