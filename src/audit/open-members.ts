import { Sensitive } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Keys } from '../platform/keys.ts'
import { HUNDREDTHS_FIELDS } from './actions.ts'
import type { EventRow } from './store.ts'
import { toViews } from './view.ts'

/** By name; members that were erased are missing. Scores are in hundredths, as they were sealed. */
export type OpenedMembers = ReadonlyMap<string, Sensitive<unknown>>

/**
 * The sealed members of events, by the numbers of the events: opened, and as sensitive as they were.
 * `unreadable` for an event of which no key opens them.
 */
export async function openMembers(deps: Deps, rows: readonly EventRow[]): Promise<Opened> {
  return (await tryOpen(deps, rows)) ?? openOneByOne(deps, rows)
}

type Deps = { readonly db: Database; readonly keys: Keys }
type Opened = ReadonlyMap<string, OpenedMembers | 'unreadable'>

async function openOneByOne(deps: Deps, rows: readonly EventRow[]): Promise<Opened> {
  const opened = new Map<string, OpenedMembers | 'unreadable'>()
  for (const row of rows) {
    const members = await tryOpen(deps, [row])
    opened.set(row.id, members?.get(row.id) ?? 'unreadable')
  }
  return opened
}

/** Undefined when the members of one of them cannot be opened. */
async function tryOpen(deps: Deps, rows: readonly EventRow[]): Promise<Opened | undefined> {
  try {
    const views = await toViews(deps, rows, true)
    return new Map(views.map(({ metadata }, index) => membersOf(rows[index] as EventRow, metadata)))
  } catch (error) {
    if (error instanceof AppError && error.code === 'sealed-value-unreadable') return undefined
    throw error
  }
}

function membersOf(
  { id, sealed }: EventRow,
  metadata: Readonly<Record<string, unknown>>,
): [string, OpenedMembers] {
  const members = sealed
    .map(({ field }) => [field, metadata[field]] as const)
    .filter(([, value]) => value === null || !['object', 'undefined'].includes(typeof value))
  return [id, new Map(members.map(([field, value]) => [field, new Sensitive(inHundredths(field, value))]))]
}

function inHundredths(field: string, value: unknown): unknown {
  return HUNDREDTHS_FIELDS.has(field) && typeof value === 'number' ? Math.round(value * 100) : value
}
