import { type Raster, toGrey } from './raster.ts'

/** A page at about 37 dpi, where a sensor's noise is averaged away, and the tones of its paper and its ink. */
export type InkSample = {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** The tone of the paper: the median, without the border. */
  readonly paper: number
  /** The tone that a hundredth of the page is darker than. */
  readonly darkest: number
  /** Pixels that are clearly not paper, without the border. */
  readonly inkedPx: number
  /** The tone of the darkest pixel, border included. */
  readonly lowest: number
  /** How much lighter the lightest pixel is. */
  readonly range: number
  /** For each edge two lines of pixels along it, the second deeper in. */
  readonly edges: readonly (readonly Uint8Array[])[]
  /** Pixels of those lines to a millimetre of an A4 page. */
  readonly edgePxPerMm: number
}

/** Width of the picture that is measured. */
export const sampleWidthPx = 310
/** Grey levels between paper and ink; the back of the sheet shines through with less. */
export const inkContrast = 24
/** Part of the width that scanners fill with shadows. */
const border = 0.04

/** Measures a page's tones. `small`: the page at the sample's width; `shown`: the same, finer. */
export function sampleInk(small: Raster, shown: Raster): InkSample {
  const { data, width, height } = toGrey(small)
  const histogram = new Uint32Array(256)
  // Of a strip hardly higher than that there would be nothing left.
  const margin = Math.min(Math.round(width * border), height >> 2)
  let [lowest, highest, counted] = [255, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x] as number
      if (value < lowest) lowest = value
      if (value > highest) highest = value
      if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue
      histogram[value] = (histogram[value] as number) + 1
      counted += 1
    }
  }
  const paper = toneAt(histogram, counted / 2)
  const darkest = toneAt(histogram, counted / 100)
  const inkedPx = histogram.reduce(
    (sum, amount, tone) => sum + (Math.abs(tone - paper) > inkContrast ? amount : 0),
    0,
  )
  const range = highest - lowest
  const edgePxPerMm = shown.width / pageWidthMm
  return {
    data,
    width,
    height,
    paper,
    darkest,
    inkedPx,
    lowest,
    range,
    edges: edgesOf(shown, edgePxPerMm),
    edgePxPerMm,
  }
}

/** The tone below which so many pixels are. */
function toneAt(histogram: Uint32Array, amount: number): number {
  let tone = 0
  for (let seen = 0; tone < 255 && seen + (histogram[tone] ?? 0) <= amount; tone++)
    seen += histogram[tone] ?? 0
  return tone
}

const pageWidthMm = 210
/** Distance of the lines looked at from the edge. */
const edgeInsetsMm = [0.34, 2.54] as const

/** Top, bottom, left and right. */
function edgesOf(shown: Raster, pxPerMm: number): Uint8Array[][] {
  const { width, height } = shown
  const insets = edgeInsetsMm.map((inset) => Math.round(inset * pxPerMm))
  const inside = (inset: number, size: number) => Math.min(inset, size - 1)
  const row = (top: number) => toGrey(shown, { left: 0, top, width, height: 1 }).data
  const column = (left: number) => toGrey(shown, { left, top: 0, width: 1, height }).data
  return [
    insets.map((inset) => row(inside(inset, height))),
    insets.map((inset) => row(height - 1 - inside(inset, height))),
    insets.map((inset) => column(inside(inset, width))),
    insets.map((inset) => column(width - 1 - inside(inset, width))),
  ]
}
