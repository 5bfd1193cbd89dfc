import type { Id } from '../observability/id.ts'
import type { Turn } from '../pdf/tasks.ts'
import { AppError } from '../platform/errors.ts'
import type { DISCARD_REASONS, Refusal } from './contract.ts'

/** Why a page belongs to no copy, for good. */
export type DiscardReason = (typeof DISCARD_REASONS)[number]

/** Where a scanned page is: filed in a copy, discarded for a reason, or unresolved, which is neither. */
export type PagePlace = {
  readonly id: Id
  readonly copyId: Id | null
  /** Its place in the copy, from 0. */
  readonly index: number | null
  /** Clockwise, beside what the scan says itself. */
  readonly turn: Turn
  /** What is printed on the sheet, by its code or by a person. */
  readonly number: number | null
  readonly discarded: DiscardReason | null
  /** The copy that it was in last, when it is in none. */
  readonly formerCopyId: Id | null
}

/** The pages that an operation is about, and all others of the copies that it is about. */
export type Arrangement = ReadonlyMap<Id, PagePlace>

export type Operation =
  | { readonly kind: 'rotate'; readonly pageId: Id; readonly turn: Turn }
  | { readonly kind: 'number'; readonly pageId: Id; readonly number: number | null }
  | { readonly kind: 'move'; readonly pageId: Id; readonly copyId: Id; readonly beforePageId: Id | null }
  | { readonly kind: 'discard'; readonly pageId: Id; readonly reason: DiscardReason }
  | { readonly kind: 'restore'; readonly pageId: Id }
  | { readonly kind: 'replace'; readonly pageId: Id; readonly byPageId: Id }
  | { readonly kind: 'reorder'; readonly copyId: Id; readonly pageIds: readonly Id[] }
  | { readonly kind: 'split'; readonly copyId: Id; readonly beforePageId: Id; readonly newCopyId: Id }
  | { readonly kind: 'merge'; readonly copyId: Id; readonly fromCopyId: Id }
  | { readonly kind: 'make-copy'; readonly pageIds: readonly Id[]; readonly newCopyId: Id }
export type OperationKind = Operation['kind']

/**
 * The places after an operation. No page comes or goes: pages filed, discarded and unresolved are as many as before.
 * Throws `review-not-possible` with its reason when the pages are not where the operation needs them.
 */
export function rearrange(before: Arrangement, operation: Operation): Arrangement {
  return OPERATIONS[operation.kind](before, operation as never)
}

/**
 * Puts pages back where they were. Throws `review-not-possible` when one of them has moved or changed since, or when
 * others have come to their copies, so that there is no room for them, or they would leave a gap.
 */
export function putBack(
  now: Arrangement,
  operation: { readonly before: readonly PagePlace[]; readonly after: readonly PagePlace[] },
): Arrangement {
  for (const page of operation.after) if (!isSamePlace(now.get(page.id), page)) refuse('changed-since')
  const back = put(
    now,
    operation.before.map((page) =>
      page.copyId === null ? { ...page, formerCopyId: lastCopyOf(now, page) } : page,
    ),
  )
  for (const copyId of new Set([...back.values()].flatMap((page) => page.copyId ?? []))) {
    if (pagesOf(back, copyId).some(({ index }, place) => index !== place)) refuse('changed-since')
  }
  return back
}

/** Who leaves a copy remembers it, by whichever operation. */
function lastCopyOf(now: Arrangement, { id }: PagePlace): Id | null {
  const { copyId, formerCopyId } = pageOf(now, id)
  return copyId ?? formerCopyId
}

/** The pages that an operation has changed, as they were and as they are. */
export function changesBetween(
  before: Arrangement,
  after: Arrangement,
): { readonly before: readonly PagePlace[]; readonly after: readonly PagePlace[] } {
  const changed = [...after.values()].filter((page) => !isSamePlace(before.get(page.id), page))
  return { before: changed.map(({ id }) => pageOf(before, id)), after: changed }
}

/** What became of a page of a copy. */
export type PageMove = {
  readonly copyId: Id
  readonly from: number
  /** Its place in the same copy now; null when it has left it. */
  readonly to: number | null
  /** How far it was turned, clockwise. */
  readonly turn: Turn
}

/** The moves of pages that were filed, from their places before and after. */
export function movesBetween(before: readonly PagePlace[], after: readonly PagePlace[]): readonly PageMove[] {
  return before.flatMap(({ copyId, index, turn }, i) => {
    const now = after[i]
    if (copyId === null || index === null || now === undefined) return []
    const to = now.copyId === copyId ? now.index : null
    return [{ copyId, from: index, to, turn: ((now.turn - turn + 360) % 360) as Turn }]
  })
}

/** The pages of a copy, in their order. */
export function pagesOf(arrangement: Arrangement, copyId: Id): readonly PagePlace[] {
  const pages = [...arrangement.values()].filter((page) => page.copyId === copyId)
  return pages.sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
}

type Rule<K extends OperationKind> = (
  before: Arrangement,
  operation: Extract<Operation, { kind: K }>,
) => Arrangement

const OPERATIONS: { readonly [K in OperationKind]: Rule<K> } = {
  rotate: (before, { pageId, turn }) => {
    const page = pageOf(before, pageId)
    return put(before, [{ ...page, turn: ((page.turn + turn) % 360) as Turn }])
  },
  number: (before, { pageId, number }) => put(before, [{ ...pageOf(before, pageId), number }]),
  move: (before, { pageId, copyId, beforePageId }) => {
    const page = pageOf(before, pageId)
    if (page.discarded !== null) refuse('page-not-unresolved')
    if (pageId === beforePageId) refuse('same-copy')
    const without = takeOut(before, [page])
    return file(without, copyId, insertBefore(pagesOf(without, copyId), beforePageId, [page]))
  },
  discard: (before, { pageId, reason }) => {
    const page = pageOf(before, pageId)
    if (page.discarded !== null) refuse('page-not-unresolved')
    const out = takeOut(before, [page])
    return put(out, [{ ...pageOf(out, pageId), discarded: reason }])
  },
  restore: (before, { pageId }) => {
    const page = pageOf(before, pageId)
    if (page.discarded === null) refuse('page-not-discarded')
    return put(before, [{ ...page, discarded: null }])
  },
  replace: (before, { pageId, byPageId }) => {
    const page = pageOf(before, pageId)
    const by = pageOf(before, byPageId)
    if (page.copyId === null) refuse('page-not-filed')
    if (by.copyId === page.copyId || by.discarded !== null) refuse('page-not-unresolved')
    const out = takeOut(before, [by])
    const pages = pagesOf(out, page.copyId)
    // The new sheet is the same page of the copy, whatever its own code says or does not say.
    const renewed = pages.map((one) =>
      one.id === pageId ? { ...by, number: page.number ?? by.number } : one,
    )
    const filed = file(takeOut(out, pages), page.copyId, renewed)
    return put(filed, [{ ...pageOf(filed, pageId), discarded: 'replaced' }])
  },
  reorder: (before, { copyId, pageIds }) => {
    const pages = pagesOf(before, copyId)
    const wanted = new Set(pageIds)
    const areSame = wanted.size === pageIds.length && wanted.size === pages.length
    if (!areSame || pages.some(({ id }) => !wanted.has(id))) refuse('not-the-same-pages')
    return file(
      before,
      copyId,
      pageIds.map((id) => pageOf(before, id)),
    )
  },
  split: (before, { copyId, beforePageId, newCopyId }) => {
    const pages = pagesOf(before, copyId)
    const at = pages.findIndex(({ id }) => id === beforePageId)
    if (at < 0) refuse('page-not-of-this-copy')
    if (at === 0) refuse('nothing-to-split')
    return file(before, newCopyId, pages.slice(at))
  },
  merge: (before, { copyId, fromCopyId }) => {
    if (copyId === fromCopyId) refuse('same-copy')
    const [pages, others] = [pagesOf(before, copyId), pagesOf(before, fromCopyId)]
    if (others.length === 0) refuse('copy-without-pages')
    return file(before, copyId, [...pages, ...others])
  },
  'make-copy': (before, { pageIds, newCopyId }) => {
    const pages = [...new Set(pageIds)].map((id) => pageOf(before, id))
    if (pages.some(({ copyId, discarded }) => copyId !== null || discarded !== null)) {
      refuse('page-not-unresolved')
    }
    return file(before, newCopyId, pages)
  },
}

/** Throws `review-not-possible`. */
export function refuse(reason: Refusal): never {
  throw new AppError('review-not-possible', {
    title: 'The pages are not where this needs them.',
    problem: { reason },
  })
}

function pageOf(arrangement: Arrangement, id: Id): PagePlace {
  const page = arrangement.get(id)
  if (!page) throw new AppError('not-found', { title: 'There is no such page.' })
  return page
}

function put(arrangement: Arrangement, pages: readonly PagePlace[]): Arrangement {
  return new Map([...arrangement, ...pages.map((page) => [page.id, page] as const)])
}

/** Pages become the whole of a copy, in this order. Those that leave another copy must leave no gap: see `takeOut`. */
function file(arrangement: Arrangement, copyId: Id, pages: readonly PagePlace[]): Arrangement {
  return put(
    arrangement,
    pages.map((page, index) => ({ ...page, copyId, index, formerCopyId: null })),
  )
}

/** Pages leave their copies, whose other pages move up. */
function takeOut(arrangement: Arrangement, pages: readonly PagePlace[]): Arrangement {
  const leaving = new Set(pages.map(({ id }) => id))
  const copies = new Set(pages.flatMap(({ copyId }) => (copyId === null ? [] : [copyId])))
  const gone = pages.map((page) => ({
    ...page,
    copyId: null,
    index: null,
    formerCopyId: page.copyId ?? page.formerCopyId,
  }))
  const left = [...copies].flatMap((copyId) =>
    pagesOf(arrangement, copyId)
      .filter(({ id }) => !leaving.has(id))
      .map((page, index) => ({ ...page, index })),
  )
  return put(arrangement, [...gone, ...left])
}

function insertBefore(
  pages: readonly PagePlace[],
  beforePageId: Id | null,
  inserted: readonly PagePlace[],
): readonly PagePlace[] {
  if (beforePageId === null) return [...pages, ...inserted]
  const at = pages.findIndex(({ id }) => id === beforePageId)
  if (at < 0) refuse('page-not-of-this-copy')
  return pages.toSpliced(at, 0, ...inserted)
}

function isSamePlace(a: PagePlace | undefined, b: PagePlace): boolean {
  return (
    a !== undefined &&
    a.copyId === b.copyId &&
    a.index === b.index &&
    a.turn === b.turn &&
    a.number === b.number &&
    a.discarded === b.discarded
  )
}
