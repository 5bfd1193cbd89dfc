import { guessOrientation } from './orientation.ts'
import { type InkSample, inkContrast, sampleWidthPx } from './sample-ink.ts'
import type { PageFlag } from './tasks.ts'

/** Guesses about a page, from its pixels alone. None of them changes the page. */

/** Dust is allowed on a blank page, a one-letter answer is not: a page wrongly called blank would go unread. */
const speckPx = 6
/** Below this, pencil and small print begin to be lost. */
const readableDpi = 150
const darkPaper = 140
const paleInk = 90

type Known = {
  readonly dpi: number | null
  readonly isForeign: boolean
  readonly hasCode: boolean
  readonly isTurnDecided: boolean
  /** Shown whole, since there is ink, and none within its crop box. */
  readonly isUncropped: boolean
  /** Asked only of a page without any, which few are: it is no quick question. */
  readonly mustLeaveTraces: () => boolean
}

/** Whether a page is bare paper, as far as its ink tells. */
export function isBare(ink: InkSample): boolean {
  return ink.inkedPx <= speckPx * Math.min(1, ink.width / sampleWidthPx) ** 2
}

/** The flags of a page, each with its confidence. */
export function flagPage(ink: InkSample, known: Known): PageFlag[] {
  const flags: PageFlag[] = []
  const flag = (kind: PageFlag['kind'], confidence: number) => {
    if (confidence > 0) flags.push({ kind, confidence: Math.round(Math.min(1, confidence) * 100) / 100 })
  }
  const rendersEmpty = ink.range <= 2 && known.mustLeaveTraces()
  const isBlank = isBare(ink)
  if (rendersEmpty) flag('renders-empty', 1)
  else if (isBlank) flag('blank', 1 - ink.inkedPx / (2 * speckPx))
  if (known.isUncropped) flag('outside-crop', 1)
  if (known.isForeign) flag('foreign-code', 1)
  if (known.dpi !== null && known.dpi < readableDpi) flag('low-resolution', (readableDpi - known.dpi) / 75)
  flag('too-dark', (darkPaper - ink.paper) / 60)
  if (isBlank || rendersEmpty) return flags
  // Of a page darker than its ink there is nothing to say.
  if (ink.paper - ink.darkest < paleInk && ink.paper > darkPaper) {
    flag('too-light', paleness(ink))
  }
  flag('cut-edge', cutEdge(ink))
  if (known.hasCode || known.isTurnDecided) return flags
  const { turn, confidence } = guessOrientation(ink)
  if (turn === 180) flag('upside-down', confidence)
  if (turn === 90 || turn === 270) flag('sideways', confidence)
  return flags
}

/** How far the darkest ink of the page is from being dark. */
function paleness({ paper, lowest }: InkSample): number {
  return (paleInk - (paper - lowest)) / 40
}

/** A stroke that crosses the edge is short; a shadow along it is long, or dashed and not deep. */
const longestStrokeMm = 6.8
const shortestStrokeMm = 0.34
/** So many strokes cross an edge of a page that was cut through its writing. */
const manyStrokes = 8

/** Strokes that run into an edge of the scan and go on inside it, at the edge that has most of them. */
function cutEdge({ edges, edgePxPerMm, paper }: InkSample): number {
  const crossings = edges.map((lines) =>
    Math.min(...lines.map((line) => countStrokes(line, edgePxPerMm, paper))),
  )
  const most = Math.max(...crossings)
  return most < manyStrokes / 2 ? 0 : most / (2 * manyStrokes)
}

function countStrokes(line: Uint8Array, pxPerMm: number, paper: number): number {
  const shortest = Math.max(1, Math.floor(shortestStrokeMm * pxPerMm))
  const longest = longestStrokeMm * pxPerMm
  let strokes = 0
  let run = 0
  for (let at = 0; at <= line.length; at++) {
    if (paper - (line[at] ?? 255) > 2 * inkContrast) run += 1
    else {
      if (run >= shortest && run <= longest) strokes += 1
      run = 0
    }
  }
  return strokes
}
