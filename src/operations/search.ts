import type { Id } from '../observability/id.ts'
import { idSchema } from '../platform/contract.ts'
import type { Database } from '../platform/database.ts'
import type { SearchView } from './contract.ts'
import { type FoundRow, findById } from './store.ts'
import { readRecorded, tellStory } from './story.ts'

type Deps = { readonly db: Database; readonly now: () => Date }

/** Says what an id is that somebody has come with, and where to look. What nobody knows is found nowhere. */
export async function searchById({ db, now }: Deps, text: string): Promise<SearchView> {
  const { data: id } = idSchema.safeParse(text)
  const rows = id === undefined ? [] : await findById(db, id)
  const { entries } = tellStory([], await readRecorded(db, text), now())
  const found = rows.map((row) => ({ ...row, look: whereToLook(row) }))
  const request = {
    kind: 'request',
    id: text,
    status: null,
    streamRef: null,
    look: `paraph trace ${text}`,
  } as const
  return {
    found: entries.length > 0 ? [...found, request] : found,
    story: entries.map(({ at, kind, what, about, outcome, jobId }) => ({
      ...{ at, kind, what, about: [...about] },
      ...{ outcome: outcome ?? null, jobId: jobId ?? null },
    })),
  }
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
