import type { PageFlagView, Split } from './contract.ts'

/** What cutting goes by, in the order of the scan. */
export type ScannedPage = {
  readonly batchPageIndex: number
  /** Pages with the same code of a copy have the same group; null without a readable code. */
  readonly group: number | null
  /** The page number that the code names. */
  readonly number: number | null
  readonly isRead: boolean
  /** The code is that of another exam. */
  readonly isForeign: boolean
}

export type Cut = {
  /** The pages of each copy to be, by their places in the scan. */
  readonly copies: readonly (readonly number[])[]
  /** The page numbers that each copy should have: 1 to this. */
  readonly pagesExpected: number | null
  /** Why pages are in no copy, and what is odd about those that are. */
  readonly flags: ReadonlyMap<number, PageFlagView['kind']>
}

/** What only the whole scan shows of a page. */
export const SCAN_FLAGS = [
  'near-duplicate',
  'duplicate-number',
  'no-code',
  'before-first-cover',
  'longer-than-usual',
] as const satisfies readonly PageFlagView['kind'][]

/**
 * Cuts a scan into copies. Each page comes to one copy or stays unresolved: one that could not be read, that has no code
 * where the code decides, that has the number of another, or that remains when the last copy is full.
 */
export function cutScan(split: Split, pages: readonly ScannedPage[], pagesPerCopy: number | null): Cut {
  if (split === 'fixed') return cutEvery(pages, pagesPerCopy ?? 1)
  if (split === 'code-first') return cutByFirst(pages)
  if (split === 'code-every') return cutByAll(pages)
  return withoutEmpty([pages])
}

function cutEvery(pages: readonly ScannedPage[], size: number): Cut {
  const chunks: ScannedPage[][] = []
  for (let first = 0; first + size <= pages.length; first += size) {
    chunks.push(pages.slice(first, first + size))
  }
  return withoutEmpty(chunks)
}

/** A copy begins with each code that does not say that it is of a later page. */
function cutByFirst(pages: readonly ScannedPage[]): Cut {
  const copies: ScannedPage[][] = []
  const flags = new Map<number, PageFlagView['kind']>()
  for (const page of pages) {
    const isCover = page.group !== null && (page.number ?? 1) === 1 && !page.isForeign
    if (isCover) copies.push([])
    const copy = copies.at(-1)
    if (page.isForeign) flags.set(page.batchPageIndex, 'foreign-exam')
    else if (copy === undefined) flags.set(page.batchPageIndex, 'before-first-cover')
    else copy.push(page)
  }
  // A cover whose code could not be read begins no copy: its pages lie behind those of the copy before.
  const usual = usualOf(copies.map(({ length }) => length))
  for (const copy of copies) {
    const beyond = usual === undefined ? undefined : copy[usual]
    if (beyond) flags.set(beyond.batchPageIndex, 'longer-than-usual')
  }
  return { ...withoutEmpty(copies), flags }
}

/** The number that most have, at least two of them; of several, the highest. */
function usualOf(numbers: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  const most = Math.max(2, ...counts.values())
  const usual = [...counts].flatMap(([number, count]) => (count === most ? [number] : []))
  return usual.length > 0 ? Math.max(...usual) : undefined
}

/** Copies in the order in which the scan comes to them, each with its pages in the order of their numbers. */
function cutByAll(pages: readonly ScannedPage[]): Cut {
  const copies = new Map<number, Map<number, ScannedPage>>()
  const flags = new Map<number, PageFlagView['kind']>()
  for (const page of pages.filter(({ isRead }) => isRead)) {
    const { batchPageIndex, group, number } = page
    if (page.isForeign) flags.set(batchPageIndex, 'foreign-exam')
    else if (group === null || number === null) flags.set(batchPageIndex, 'no-code')
    else {
      const copy = copies.get(group) ?? new Map<number, ScannedPage>()
      copies.set(group, copy)
      if (copy.has(number)) flags.set(batchPageIndex, 'duplicate-number')
      else copy.set(number, page)
    }
  }
  const sorted = [...copies.values()].map((copy) =>
    [...copy].sort(([a], [b]) => a - b).map(([, page]) => page),
  )
  const highest = [...copies.values()].map((copy) => Math.max(...copy.keys()))
  // An additional sheet makes its own copy longer, and no other one incomplete.
  const pagesExpected = usualOf(highest) ?? (highest.length > 0 ? Math.max(...highest) : null)
  return { ...withoutEmpty(sorted), pagesExpected, flags }
}

/** Of pages that could not be read nothing can be filed. */
function withoutEmpty(copies: readonly (readonly ScannedPage[])[]): Cut {
  const readable = copies.map((copy) =>
    copy.filter(({ isRead }) => isRead).map(({ batchPageIndex }) => batchPageIndex),
  )
  return { copies: readable.filter((copy) => copy.length > 0), pagesExpected: null, flags: new Map() }
}

/** What the page numbers of a copy say against it; all empty when it is whole. */
export type NumberProblems = {
  readonly missing: readonly number[]
  readonly duplicate: readonly number[]
  readonly extra: readonly number[]
  /** Whether the numbers that there are do not rise from page to page. */
  readonly isOutOfOrder: boolean
}

/** Compares the numbers of a copy's pages, in their order, with the numbers that it should have: 1 to `expected`. */
export function findNumberProblems(
  numbers: readonly (number | null)[],
  expected: number | null,
): NumberProblems {
  const known = numbers.filter((number) => number !== null)
  const isOutOfOrder = known.some((number, index) => index > 0 && number < (known[index - 1] ?? 0))
  const duplicate = [...new Set(known.filter((number, index) => known.indexOf(number) < index))]
  if (expected === null) return { missing: [], duplicate, extra: [], isOutOfOrder }
  const present = new Set(known)
  const all = Array.from({ length: expected }, (_, index) => index + 1)
  return {
    missing: all.filter((number) => !present.has(number)),
    duplicate,
    extra: [...present].filter((number) => number > expected),
    isOutOfOrder,
  }
}

/** Whether a copy with these problems may not be marked. The order of its pages is a person's to judge. */
export function isIncomplete({ missing, duplicate, extra }: NumberProblems): boolean {
  return missing.length + duplicate.length + extra.length > 0
}
