import { findClearEvent, listLastEvents } from '../audit/store.ts'
import type { Id } from '../observability/id.ts'
import { idSchema } from '../platform/contract.ts'
import type { Database } from '../platform/database.ts'
import type { SearchView, StoryEntry } from './contract.ts'
import { entryOfEvent, type TraceEntry } from './entries.ts'
import { type FoundRow, findByCode, findById, listStreamOwners } from './store.ts'
import { readRecorded, tellStory } from './story.ts'

type Deps = { readonly db: Database; readonly now: () => Date }
type Found = SearchView['found'][number]

const EVENT_NUMBER = /^[1-9]\d{0,17}$/
/** So many of the last events of a copy, a batch or an exam. */
const EVENTS_SHOWN = 100

/**
 * Says what an id is that somebody has come with, and where to look: also the code of a copy, the one id that people see on
 * their screens. What nobody knows is found nowhere.
 */
export async function searchById({ db, now }: Deps, text: string): Promise<SearchView> {
  const { data: id } = idSchema.safeParse(text)
  const rows = await (id === undefined ? findByCode(db, text) : findById(db, id))
  const event = await findNumbered(db, text)
  const { entries } = tellStory([], await readRecorded(db, text), now())
  const found = [
    ...rows.map((row): Found => ({ ...row, look: whereToLook(row) })),
    ...(event ? [event] : []),
    ...(entries.length > 0 ? [requestOf(text)] : []),
  ]
  const story = entries.length > 0 ? entries : await readEvents(db, rows)
  return { found, story: story.map(toStoryEntry) }
}

export function toStoryEntry(entry: TraceEntry): StoryEntry {
  const { at, kind, what, about, outcome, jobId, eventId, requestId } = entry
  return {
    ...{ at, kind, what, about: [...about] },
    ...{ outcome: outcome ?? null, jobId: jobId ?? null },
    ...{ eventId: eventId ?? null, requestId: requestId ?? null },
  }
}

async function findNumbered(db: Database, text: string): Promise<Found | undefined> {
  const event = EVENT_NUMBER.test(text) ? await findClearEvent(db, text) : undefined
  return (
    event && {
      ...{ kind: 'event', id: event.id, status: event.action, streamRef: event.streamRef },
      ...{ requestId: event.requestId, look: `paraph trace ${event.requestId}` },
    }
  )
}

function requestOf(id: string): Found {
  return {
    ...{ kind: 'request', id, status: null, streamRef: null, requestId: id },
    look: `paraph trace ${id}`,
  }
}

/** Of whatever was found, the last events of its stream. */
async function readEvents(db: Database, rows: readonly FoundRow[]): Promise<readonly TraceEntry[]> {
  const refs = rows.flatMap(({ streamRef }) => streamRef ?? [])
  const owners = await listStreamOwners(db, refs)
  const events = await Promise.all(refs.map((ref) => listLastEvents(db, ref, EVENTS_SHOWN)))
  return events.flat().map((row) =>
    entryOfEvent(
      row,
      owners.find(({ streamRef }) => streamRef === row.streamRef),
      undefined,
    ),
  )
}

function whereToLook({ kind, id }: FoundRow): string {
  const places: Readonly<Record<FoundRow['kind'], (id: Id) => string>> = {
    copy: (copy) => `/api/copies/${copy}`,
    batch: (batch) => `/api/batches/${batch}`,
    exam: (exam) => `/api/exams/${exam}`,
    job: () => '/api/operations/backlog',
  }
  return places[kind](id)
}
