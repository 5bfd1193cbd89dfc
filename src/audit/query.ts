import { type Database, inSnapshot, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Keys } from '../platform/keys.ts'
import { SECOND } from '../platform/units.ts'
import type { EventsQuery } from './contract.ts'
import { findEvent, findPlace, limitStatements, listEvents } from './query-store.ts'
import { toViews } from './view.ts'

type Deps = { readonly db: Database; readonly keys: Keys }

const PATIENCE_MS = 5 * SECOND
const QUERY_CANCELED = '57014'

/**
 * One page of the events that are asked for, with sealed members opened: for administrators and auditors. An event that
 * is under way while a page is read may come before its end later; it is not in a page after it.
 * Throws `query-too-wide` for what takes longer than five seconds.
 */
export function queryEvents(deps: Deps, query: EventsQuery) {
  return withPatience(deps.db, async (tx) => {
    const rows = await listEvents(tx, query)
    const last = rows.at(-1)
    return {
      events: await toViews({ ...deps, db: tx }, rows, true),
      ...(rows.length === query.limit && last ? { nextAfter: last.id } : {}),
    }
  })
}

/** One event with its bytes and its place in the log. Throws `not-found`. */
export function getEvent(deps: Deps, eventId: string) {
  return withPatience(deps.db, async (tx) => {
    const row = await findEvent(tx, eventId)
    const [event] = row ? await toViews({ ...deps, db: tx }, [row], true) : []
    if (!row || !event) throw new AppError('not-found', { title: 'There is no such event.' })
    const place = await findPlace(tx, eventId)
    return {
      event,
      leaf: row.leaf?.toString('base64') ?? null,
      leafIndex: place?.leafIndex ?? null,
      isQuarantined: place?.isQuarantined ?? false,
    }
  })
}

async function withPatience<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await inSnapshot(db, async (tx) => {
      await limitStatements(tx, PATIENCE_MS)
      return work(tx)
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error
    throw new AppError('query-too-wide', {
      title: 'This question takes too long to answer; narrow it.',
      cause: error,
    })
  }
}
