import { type InkSample, inkContrast } from './sample-ink.ts'
import type { Turn } from './tasks.ts'

/** A guess which way up a page stands. `turn` is the clockwise turn that the page has taken. */
export type OrientationGuess = { readonly turn: Turn; readonly confidence: number }

const upright: OrientationGuess = { turn: 0, confidence: 0 }
/** Fewer inked pixels than this are no writing to go by. */
const littleInkPx = 300
/** Of 33 upright real pages none leans sideways at all; their margins lean 0.32 at most, with boxes and few words. */
const sidewaysLean = 0.3
const upsideDownLean = 0.45

/**
 * Guesses from the writing: its lines make the sums of rows jump where those of columns do not, and they begin at a
 * common margin on the left, while they end anywhere on the right.
 */
export function guessOrientation(ink: InkSample): OrientationGuess {
  if (ink.inkedPx < littleInkPx) return upright
  const mask = maskOf(ink)
  const rows = roughness(profile(mask, ink.width, ink.height, 'rows'))
  const columns = roughness(profile(mask, ink.width, ink.height, 'columns'))
  const lean = (columns - rows) / (columns + rows)
  if (lean > sidewaysLean) return { turn: 90, confidence: Math.min(0.9, lean * 1.2) }
  if (lean > -sidewaysLean) return upright
  const skew = marginLean(mask, ink.width, ink.height)
  return skew < -upsideDownLean ? { turn: 180, confidence: Math.min(0.8, -skew) } : upright
}

/** 1 where there is ink, 0 elsewhere and along the border. */
function maskOf({ data, width, height, paper }: InkSample): Uint8Array {
  const mask = new Uint8Array(data.length)
  const border = Math.round(width * 0.04)
  for (let y = border; y < height - border; y++) {
    for (let at = y * width + border; at < (y + 1) * width - border; at++) {
      if (Math.abs((data[at] as number) - paper) > inkContrast) mask[at] = 1
    }
  }
  return mask
}

function profile(mask: Uint8Array, width: number, height: number, of: 'rows' | 'columns'): Float64Array {
  const sums = new Float64Array(of === 'rows' ? height : width)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (mask[at] === 1) sums[of === 'rows' ? y : x] = (sums[of === 'rows' ? y : x] as number) + 1
    }
  }
  return sums
}

/** How much a profile jumps from one line of pixels to the next; a ruled line or a table counts no more than writing. */
function roughness(sums: Float64Array): number {
  const cap = sums.length * 0.4
  let total = 0
  for (let at = 1; at < sums.length; at++) {
    total += Math.min(cap, Math.abs((sums[at] ?? 0) - (sums[at - 1] ?? 0))) ** 2
  }
  return total / sums.length
}

/** Positive when lines begin at a common left margin, negative when they end at a common right one; -1 to 1. */
function marginLean(mask: Uint8Array, width: number, height: number): number {
  const lefts: number[] = []
  const rights: number[] = []
  for (let y = 0; y < height; y++) {
    const row = mask.subarray(y * width, (y + 1) * width)
    const first = row.indexOf(1)
    if (first < 0) continue
    lefts.push(first)
    rights.push(row.lastIndexOf(1))
  }
  if (lefts.length < 20) return 0
  const [left, right] = [spread(lefts), spread(rights)]
  return (right - left) / (right + left + 1)
}

/** Mean distance from the median. */
function spread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const median = sorted[sorted.length >> 1] ?? 0
  return values.reduce((sum, value) => sum + Math.abs(value - median), 0) / values.length
}
