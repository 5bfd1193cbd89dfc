import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExam, type Staff, until } from '../support/builders.ts'
import type { Answer } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { makeScan } from '../support/scans.ts'

const WALKS = 10
const PAGES = 7

type Page = {
  readonly id: string
  readonly version: number
  readonly place: 'filed' | 'discarded' | 'unresolved'
  readonly copyId: string | null
  /** Its place in the copy, from 1. */
  readonly pageNumber: number | null
}
type Seen = {
  readonly pages: readonly Page[]
  readonly copies: readonly string[]
  readonly done: readonly string[]
}

/** What somebody does to pages: which of them, and of the copies, is chosen among those that there are then. */
const deed = fc.constantFrom(
  ...(['rotate', 'number', 'move', 'discard', 'restore', 'replace', 'reorder'] as const),
  ...(['split', 'merge', 'make-copy', 'undo'] as const),
)
const step = fc.record({
  deed,
  one: fc.nat(),
  other: fc.nat(),
  /** After so many milliseconds the database ends every session that is at work. */
  endsAfterMs: fc.option(fc.nat(12), { freq: 2 }),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

describe('any sequence of what is done to pages, while the database ends sessions in the middle of it', () => {
  let app: TestApp
  let staff: Staff
  let ended = 0
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  const pick = <T>(all: readonly T[], which: number): T | undefined => all[which % Math.max(1, all.length)]
  const pagesOf = async (batchId: string): Promise<readonly Page[]> =>
    (await staff.admin.get(`/api/batches/${batchId}/pages`)).body.pages

  function take(seen: Seen, { deed, one, other }: Step): Promise<Answer | undefined> {
    const { admin } = staff
    const [page, second] = [pick(seen.pages, one), pick(seen.pages, other)]
    const [copyId, from] = [pick(seen.copies, other), pick(seen.copies, one)]
    const onPage = (body?: object) =>
      admin.post(`/api/pages/${page?.id}/${deed}`, {
        ...(page && { version: page.version }),
        ...(body && { body }),
      })
    const onCopy = async (body: object) => {
      const { pagesVersion } = (await admin.get(`/api/copies/${copyId}`)).body
      return admin.post(`/api/copies/${copyId}/${deed}`, { version: pagesVersion, body })
    }
    const inCopy = seen.pages.filter((each) => each.copyId === copyId)
    const deeds: Readonly<Record<Step['deed'], () => Promise<Answer | undefined>>> = {
      rotate: () => onPage({ turn: [90, 180, 270][other % 3] }),
      number: () => onPage({ sheetNumber: 1 + (other % 4) }),
      move: () => onPage({ copyId }),
      discard: () => onPage({ reason: 'other' }),
      restore: () => onPage(),
      replace: () => onPage({ byPageId: second?.id, byPageVersion: second?.version }),
      reorder: () => onCopy({ pageIds: inCopy.map(({ id }) => id).reverse() }),
      split: () => onCopy({ beforePageId: pick(inCopy, one)?.id ?? page?.id }),
      merge: async () =>
        onCopy({
          fromCopyId: from,
          fromPagesVersion: (await admin.get(`/api/copies/${from}`)).body.pagesVersion,
        }),
      'make-copy': () => admin.post('/api/copies', { body: { pageIds: [page?.id] } }),
      undo: async () => {
        const last = seen.done.at(-1)
        return last === undefined ? undefined : admin.post(`/api/page-operations/${last}/undo`)
      },
    }
    return deeds[deed]()
  }

  /** Whatever is at work then is cut off, as when the server is killed. */
  async function endSessionsAfter(delayMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    const victims = await runAs(
      app.database.ownerUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`,
    )
    ended += victims.length
  }

  /** Nothing is lost, and nothing lies in two places or in none. */
  async function expectConserved(batchId: string, scanned: ReadonlySet<string>): Promise<Seen> {
    const batch = await until(async () => {
      const { status, body } = await staff.admin.get(`/api/batches/${batchId}`)
      return status === 200 ? body : undefined
    })
    expect(batch.filedPages + batch.discardedPages + batch.unresolvedPages).toBe(PAGES)
    const pages = await pagesOf(batchId)
    expect(new Set(pages.map(({ id }) => id))).toEqual(scanned)
    const count = (place: Page['place']) => pages.filter((page) => page.place === place).length
    expect([count('filed'), count('discarded'), count('unresolved')]).toEqual([
      ...[batch.filedPages, batch.discardedPages, batch.unresolvedPages],
    ])
    const copies = new Map<string, number[]>()
    for (const { copyId, pageNumber, place } of pages) {
      expect(copyId !== null).toBe(place === 'filed')
      if (copyId !== null) copies.set(copyId, [...(copies.get(copyId) ?? []), pageNumber ?? 0])
    }
    for (const places of copies.values()) {
      expect(places.toSorted((a, b) => a - b)).toEqual(places.map((_, position) => position + 1))
    }
    return { pages, copies: [...copies.keys()], done: [] }
  }

  it('keeps scanned = filed + discarded + unresolved, each page in one place, and an event for each that was done', async () => {
    const tally = { done: 0, refused: 0, cut: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
        const { batch } = await importScan(staff, { scan: await makeScan(1, PAGES), pagesPerCopy: 3 })
        const scanned = new Set((await pagesOf(batch.id)).map(({ id }) => id))
        const done: string[] = []
        for (const one of steps) {
          const seen = await expectConserved(batch.id, scanned)
          const cut = one.endsAfterMs === null ? undefined : endSessionsAfter(one.endsAfterMs)
          const answer = await take({ ...seen, done }, one)
          await cut
          if (answer === undefined) continue
          expect([200, 201, 400, 404, 409, 503]).toContain(answer.status)
          if (answer.status <= 201) {
            tally.done += 1
            if (one.deed !== 'undo') done.push(answer.body.operationId)
          } else if (answer.status === 503) tally.cut += 1
          else tally.refused += 1
        }
        await expectConserved(batch.id, scanned)
      }),
      { numRuns: WALKS, endOnFailure: true },
    )
    // Of all three there were some: the walk went somewhere, and was cut off on the way.
    expect(tally.done).toBeGreaterThan(WALKS)
    expect(tally.refused).toBeGreaterThan(0)
    expect([tally.cut > 0, ended > 0]).toEqual([true, true])
    // Whatever changed something has its event, and the other way round; a page that was moved to where it is did not.
    const [counts] = await runAs<{ operations: number; events: number }>(
      app.database.ownerUrl,
      `select (select count(*) from page_operation where after <> '[]')::int as operations,
              (select count(distinct metadata ->> 'operation_ref') from audit_event where metadata ? 'operation_ref')::int as events`,
    )
    expect(counts?.events).toBe(counts?.operations)
  }, 600_000)
})
