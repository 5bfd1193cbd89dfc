import type { InkSample } from './sample-ink.ts'
import type { PageCode } from './tasks.ts'

/** How the ink lies on a page, coarse enough to survive another pass through the scanner. Pure. */

const columns = 48
const rows = 64
const levels = 15
/** A cell that is written all over is about a third ink. */
const fullCell = 0.35
/** What is hardly darker than the paper is grain. */
const grain = 10

/** A page's fingerprint: a grid of ink densities, two to a byte, in base64. */
export function fingerprintOf(ink: Pick<InkSample, 'data' | 'width' | 'height' | 'paper'>): string {
  const sums = new Float64Array(columns * rows)
  const counts = new Float64Array(columns * rows)
  const columnOf = Uint8Array.from({ length: ink.width }, (_, x) => Math.floor((x * columns) / ink.width))
  for (let y = 0, at = 0; y < ink.height; y++) {
    const row = Math.floor((y * rows) / ink.height) * columns
    for (let x = 0; x < ink.width; x++, at++) {
      const cell = row + (columnOf[x] as number)
      sums[cell] = (sums[cell] as number) + Math.max(0, ink.paper - grain - (ink.data[at] as number))
      counts[cell] = (counts[cell] as number) + 1
    }
  }
  // Shadows and torn edges are no part of what is on a page.
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const isRim = x === 0 || y === 0 || x === columns - 1 || y === rows - 1
      if (isRim) sums[y * columns + x] = 0
    }
  }
  const full = fullCell * Math.max(1, ink.paper)
  const cells = Uint8Array.from(sums, (sum, cell) =>
    Math.min(levels, Math.round((levels * sum) / (full * Math.max(1, counts[cell] ?? 1)))),
  )
  const packed = Uint8Array.from({ length: cells.length / 2 }, (_, at) => {
    return ((cells[2 * at] ?? 0) << 4) | (cells[2 * at + 1] ?? 0)
  })
  return Buffer.from(packed).toString('base64')
}

export type FingerprintedPage = {
  readonly pageIndex: number
  readonly fingerprint: string
  readonly code?: PageCode | undefined
}

/** Two pages that may be one sheet scanned twice. */
export type DuplicatePair = { readonly first: number; readonly second: number; readonly confidence: number }

/** Below this, a pair is not worth a look. */
const leastConfidence = 0.2
/**
 * Likeness of real pages: 0.57 at most for pupils on one form, 0.83 and more for a sheet that was tilted and moved by
 * computation. Densely written, ruled pages came down to 0.56: of those, some are missed.
 */
const alikeFrom = 0.6
const sameFrom = 0.85
/** A sheet that looks alike more often is printed matter that nobody wrote on, not one sheet scanned so often. */
const mostAlike = 2
/** Two prints of one sheet that nobody wrote on differ by nothing that a grid shows: never quite sure without a code. */
const withoutCode = 0.9
/** A page written on has at least this much ink, one with a heading and an empty box a quarter of it. */
const writtenInk = 2_000
/** Pages with less ink than this are blank to a grid. */
const leastInk = 40

/**
 * Finds pages that look like one sheet scanned twice, by page index, in the order given. Pages whose codes differ are
 * never a pair. Two pupils' copies of one printed sheet look alike where nobody wrote: a page that is like several
 * others is left out, little ink lowers the confidence, and a pair without codes is never certain.
 */
export function findNearDuplicates(pages: readonly FingerprintedPage[]): readonly DuplicatePair[] {
  const grids = pages.map(readGrid).filter(({ ink }) => ink >= leastInk)
  const pairs: (readonly [Grid, Grid, number])[] = []
  const partners = new Map<Grid, number>()
  for (const [index, one] of grids.entries()) {
    for (const other of grids.slice(index + 1)) {
      // Without this, a stack of one printed sheet would be compared all with all.
      if ((partners.get(one) ?? 0) > mostAlike) break
      if ((partners.get(other) ?? 0) > mostAlike || !mayBeAlike(one, other)) continue
      const likeness = compareGrids(one.cells, other.cells)
      if (likeness <= alikeFrom) continue
      pairs.push([one, other, likeness])
      for (const grid of [one, other]) partners.set(grid, (partners.get(grid) ?? 0) + 1)
    }
  }
  return pairs.flatMap(([one, other, likeness]) => {
    const isCommon = [one, other].some((grid) => (partners.get(grid) ?? 0) > mostAlike)
    const confidence = judge(one, other, likeness, isCommon)
    return confidence < leastConfidence ? [] : [{ first: one.pageIndex, second: other.pageIndex, confidence }]
  })
}

function judge(one: Grid, other: Grid, likeness: number, isCommon: boolean): number {
  const codes = compareCodes(one.code, other.code)
  if (codes === 'differ' || (isCommon && codes !== 'same')) return 0
  const likely = Math.min(1, (likeness - alikeFrom) / (sameFrom - alikeFrom))
  const most = codes === 'same' ? 1 : withoutCode * Math.min(1, Math.min(one.ink, other.ink) / writtenInk)
  return Math.round(likely * most * 100) / 100
}

function compareCodes(one: PageCode | undefined, other: PageCode | undefined): 'same' | 'differ' | 'unknown' {
  if (one === undefined || other === undefined) return 'unknown'
  const isSame = one.exam === other.exam && one.copy === other.copy && one.page === other.page
  return isSame ? 'same' : 'differ'
}

type Grid = {
  readonly pageIndex: number
  readonly code: PageCode | undefined
  readonly cells: Float64Array
  readonly ink: number
  /** The ink of each eighth of the height, which rules out most pairs at once. */
  readonly bands: Float64Array
}

function readGrid({ pageIndex, code, fingerprint }: FingerprintedPage): Grid {
  const packed = Buffer.from(fingerprint, 'base64')
  const cells = new Float64Array(columns * rows)
  const bands = new Float64Array(8)
  let ink = 0
  for (let at = 0; at < cells.length; at++) {
    const byte = packed[at >> 1] ?? 0
    const level = at % 2 === 0 ? byte >> 4 : byte & 15
    cells[at] = level
    ink += level
    const band = Math.floor((at * 8) / cells.length)
    bands[band] = (bands[band] ?? 0) + level
  }
  return { pageIndex, code, cells: smooth(cells), ink, bands }
}

/** Spreads each cell over its neighbours, so that a line between two cells is not once in one and once in the other. */
function smooth(cells: Float64Array): Float64Array {
  return cells.map((_, index) => {
    const [x, y] = [index % columns, Math.floor(index / columns)]
    const sides = at(cells, x - 1, y) + at(cells, x + 1, y) + at(cells, x, y - 1) + at(cells, x, y + 1)
    const diagonals =
      at(cells, x - 1, y - 1) + at(cells, x + 1, y - 1) + at(cells, x - 1, y + 1) + at(cells, x + 1, y + 1)
    return (4 * at(cells, x, y) + 2 * sides + diagonals) / 8
  })
}

function mayBeAlike(one: Grid, other: Grid): boolean {
  const apart = one.bands.reduce((sum, ink, band) => sum + Math.abs(ink - (other.bands[band] ?? 0)), 0)
  return apart < 0.5 * Math.max(one.ink, other.ink)
}

const blockSize = 8
const shifts = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5] as const
/** Each block bears this much difference whatever its ink: a crumb, a smudge, a staple. */
const blockTolerance = 14
/** The blocks that differ most decide: one answer on an otherwise printed page is a few blocks. */
const worstBlocks = 3

/**
 * How alike two grids are, 0 to 1: block by block, each moved by up to a cell to where it fits best, because paper goes
 * through a scanner a little askew. The worst blocks decide.
 */
function compareGrids(one: Float64Array, other: Float64Array): number {
  const differences: number[] = []
  for (let top = 0; top < rows; top += blockSize) {
    for (let left = 0; left < columns; left += blockSize)
      differences.push(compareBlocks(one, other, left, top))
  }
  const worst = differences.toSorted((a, b) => b - a).slice(0, worstBlocks)
  return 1 - worst.reduce((sum, difference) => sum + difference, 0) / worstBlocks
}

/** 0 for blocks that are alike, 1 for such that have nothing in common. */
function compareBlocks(one: Float64Array, other: Float64Array, left: number, top: number): number {
  let ink = 0
  let least = Number.POSITIVE_INFINITY
  for (let y = top; y < top + blockSize; y++) {
    for (let x = left; x < left + blockSize; x++) ink += at(one, x, y) + at(other, x, y)
  }
  if (ink < blockTolerance) return 0
  for (const dy of shifts)
    for (const dx of shifts) least = Math.min(least, difference(one, other, left, top, dx, dy))
  return Math.max(0, least - blockTolerance / 2) / ink
}

function difference(
  one: Float64Array,
  other: Float64Array,
  left: number,
  top: number,
  dx: number,
  dy: number,
): number {
  let sum = 0
  for (let y = top; y < top + blockSize; y++) {
    for (let x = left; x < left + blockSize; x++)
      sum += Math.abs(at(one, x, y) - between(other, x + dx, y + dy))
  }
  return sum
}

function at(cells: Float64Array, x: number, y: number): number {
  return x < 0 || y < 0 || x >= columns || y >= rows ? 0 : (cells[y * columns + x] ?? 0)
}

/** The density between cells. */
function between(cells: Float64Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [across, down] = [x - left, y - top]
  const upper = at(cells, left, top) * (1 - across) + at(cells, left + 1, top) * across
  if (down === 0) return upper
  const lower = at(cells, left, top + 1) * (1 - across) + at(cells, left + 1, top + 1) * across
  return upper * (1 - down) + lower * down
}
