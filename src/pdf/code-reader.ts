import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { prepareZXingModule, type ReaderOptions, type ReadResult, readBarcodes } from 'zxing-wasm/reader'
import { type CodePattern, type CodeReading, readCode } from './code-pattern.ts'
import { corners, type Place, placeAround, rememberPlace, wholePage, withOpposites } from './code-places.ts'
import { reduceTurn } from './inspect.ts'
import { takePixels } from './pixel-memory.ts'
import { type Raster, toGrey } from './raster.ts'
import type { PageCode, Turn } from './tasks.ts'

/** What the codes of a page tell. A payload that does not follow the pattern goes no further than this file. */
export type CodeFinding = {
  readonly code: PageCode | undefined
  /** Clockwise turn that makes the code upright, and the page with it. */
  readonly turn: Turn
  readonly isForeign: boolean
}

export type CodeReader = { read(page: Raster): Promise<CodeFinding> }

const nothing: CodeFinding = { code: undefined, turn: 0, isForeign: false }
const options: ReaderOptions = {
  formats: ['QRCode', 'DataMatrix'],
  tryHarder: true,
  tryInvert: false,
  tryDownscale: false,
  maxNumberOfSymbols: 4,
}
/** Finds codes that were scribbled over, for a tenth more time. */
const widely: ReaderOptions = { ...options, tryDownscale: true }
/** Finds codes with streaks through them, too, for twice the time. */
const closely: ReaderOptions = { ...widely, tryDenoise: true }

let isPrepared = false

/** The package's own file: left alone, the library would ask a server on the internet for it. */
function prepare(): void {
  if (isPrepared) return
  const path = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
  const wasmBinary = Uint8Array.from(readFileSync(path)).buffer
  prepareZXingModule({ overrides: { wasmBinary } })
  isPrepared = true
}

/**
 * Reads codes by an exam's pattern: where the document's last ones were, or in the corners as long as there was none, then
 * on the whole page. Once there was one, a page without any is nothing rare: only where it would be is looked at closely.
 * Codes that follow the pattern and differ are no code at all.
 */
export function createCodeReader(pattern: CodePattern): CodeReader {
  prepare()
  let known: readonly Place[] = []
  return {
    read: async (page) => {
      let isForeign = false
      for (const { place, how } of listSearches(known)) {
        const read = listCodes(await readPixels(cut(page, place), how), pattern)
        const [found, ...others] = read.flatMap(({ code, ...where }) =>
          code === undefined ? [] : [{ ...where, code }],
        )
        isForeign ||= read.length > 0
        if (found === undefined) continue
        if (!others.every(({ code }) => isSameCode(code, found.code))) break
        const { x, y } = found.middle
        known = rememberPlace(known, placeAround(place.left + x / page.width, place.top + y / page.height))
        return { code: dropUndefined(found.code), turn: reduceTurn(-found.orientation), isForeign: false }
      }
      return { ...nothing, isForeign }
    },
  }
}

type Search = { readonly place: Place; readonly how: ReaderOptions }

function listSearches(known: readonly Place[]): readonly Search[] {
  const quick = (place: Place) => ({ place, how: options })
  if (known.length === 0) return [...corners.map(quick), { place: wholePage, how: closely }]
  return [
    ...known.map(quick),
    { place: wholePage, how: widely },
    ...withOpposites(known).map((place) => ({ place, how: closely })),
  ]
}

type ReadCode = {
  /** `undefined` for one that follows another pattern. */
  readonly code: CodeReading | undefined
  readonly orientation: number
  /** In pixels of what was searched. */
  readonly middle: { readonly x: number; readonly y: number }
}

function listCodes(results: readonly ReadResult[], pattern: CodePattern): readonly ReadCode[] {
  return results
    .filter((result) => result.isValid)
    .map(({ text, orientation, position: { topLeft, bottomRight } }) => ({
      code: readCode(pattern, text),
      orientation,
      middle: { x: (topLeft.x + bottomRight.x) / 2, y: (topLeft.y + bottomRight.y) / 2 },
    }))
}

function isSameCode(one: CodeReading, other: CodeReading): boolean {
  return one.exam === other.exam && one.copy === other.copy && one.page === other.page
}

function dropUndefined({ exam, copy, page }: CodeReading): PageCode {
  return {
    ...(exam === undefined ? {} : { exam }),
    ...(copy === undefined ? {} : { copy }),
    ...(page === undefined ? {} : { page }),
  }
}

/** As a portable greymap, which the library reads without taking it for a colour picture first. */
function readPixels({ data, width, height }: Raster, how: ReaderOptions): Promise<ReadResult[]> {
  const header = Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1')
  const file = takePixels(header.length + data.length)
  header.copy(file)
  data.copy(file, header.length)
  return readBarcodes(file, how)
}

function cut(page: Raster, place: Place): Raster {
  const [left, top] = [Math.round(place.left * page.width), Math.round(place.top * page.height)]
  const width = Math.min(page.width - left, Math.round(place.width * page.width))
  const height = Math.min(page.height - top, Math.round(place.height * page.height))
  return toGrey(page, { left, top, width, height })
}
