import type { EngineErrorCode } from './errors.ts'

/** What the parent may ask of a child process, and what comes back: plain data that survives an IPC channel. */

export type DocumentLimits = {
  readonly maxPages: number
  readonly maxBytes: number
  /** Area of one page at the rendering resolution. */
  readonly maxPageMegapixels: number
}

export type PageBox = {
  /** Size of the upright page, after CropBox, Rotate and UserUnit, in points (1/72 inch). */
  readonly widthPoints: number
  readonly heightPoints: number
  /** The page's own Rotate, reduced to 0, 90, 180 or 270. */
  readonly rotation: number
}

export type PdfInspection = {
  readonly pageCount: number
  /** The engine had to rebuild the file's index: a warning worth showing, not a refusal. */
  readonly repaired: boolean
  /** `null`: the page cannot be loaded. */
  readonly pages: readonly (PageBox | null)[]
}

export type PageImage = {
  readonly path: string
  readonly mediaType: 'image/jpeg' | 'image/webp' | 'image/png'
  /** As displayed: after the turn that a JPEG's Exif segment asks for. */
  readonly widthPx: number
  readonly heightPx: number
  readonly sizeBytes: number
}

/** Quarter turns, clockwise. */
export type Turn = 0 | 90 | 180 | 270

/** Where a page's full image comes from: the scan's own JPEG, its own one-bit pixels, its strips put together, or drawn. */
export const PAGE_PATHS = ['kept-jpeg', 'bilevel', 'strips', 'rendered'] as const
export type PagePath = (typeof PAGE_PATHS)[number]

/** Why a page took its path. The first two let it keep its pixels; with any other it is drawn. */
export const PATH_REASONS = [
  'only-image',
  'hidden-text',
  /** The task forbids it: what is under a mask must not leave. */
  'forbidden',
  /** Nothing but bare paper lies within its crop box, and ink beside: it is shown whole. */
  'uncropped',
  'empty',
  'drawn',
  'annotated',
  'placed-otherwise',
  'masked',
  'colours',
  'coding',
  'odd-jpeg',
  'too-large',
  'undecodable',
] as const
export type PathReason = (typeof PATH_REASONS)[number]

export const PAGE_FLAGS = [
  /** Bare paper, as far as the pixels tell. */
  'blank',
  /** Nothing was drawn although the page holds something: a person must look at it. */
  'renders-empty',
  /** Within its crop box there was nothing to see: it is shown whole. */
  'outside-crop',
  'upside-down',
  'sideways',
  'low-resolution',
  'too-dark',
  'too-light',
  'cut-edge',
  /** A code that does not follow the exam's pattern. */
  'foreign-code',
] as const
/** A guess about a page, with a confidence from 0 to 1. Nothing was changed because of it. */
export type PageFlag = { readonly kind: (typeof PAGE_FLAGS)[number]; readonly confidence: number }

/** What a code on the page says, by the exam's pattern. */
export type PageCode = {
  readonly exam?: string
  readonly copy?: string
  readonly page?: number
}

export type RasterizedPage = {
  readonly pageIndex: number
  readonly full: PageImage
  /** The same file where the full image serves on the screen. */
  readonly screen: PageImage
  readonly thumbnail: PageImage
  readonly path: PagePath
  readonly pathReason: PathReason
  /** Applied beside the page's own Rotate. */
  readonly turn: Turn
  readonly code: PageCode | undefined
  readonly flags: readonly PageFlag[]
  /** For `findNearDuplicates`. */
  readonly fingerprint: string
  /** Of the scan; `null` for a page that is drawn, not scanned. */
  readonly dpi: number | null
}

/** A page that could not be read; the rest of its document went on. */
export type FailedPage = { readonly pageIndex: number; readonly failed: EngineErrorCode }
export type PageOutcome = RasterizedPage | FailedPage

export type InspectTask = { readonly kind: 'inspect'; readonly path: string; readonly limits: DocumentLimits }

export type RasterizeTask = {
  readonly kind: 'rasterize'
  readonly path: string
  readonly outputDirectory: string
  readonly limits: DocumentLimits
  readonly dpi?: number
  /** Only these pages, in this order; all of them when absent. Lets an import resume after a lost page. */
  readonly pageIndexes?: readonly number[]
  /** Whether a page that is exactly one JPEG keeps that JPEG as its full image. Default true; masked pages say false. */
  readonly keepScans?: boolean
  /** The exam's code pattern, as `parsePattern` reads it; no code is looked for when absent. */
  readonly codePattern?: string
  /** By page index, beside the page's own Rotate: what a person decided. Such a page is not turned by its code. */
  readonly turns?: Readonly<Record<number, Turn>>
}

/** A page of some PDF, turned beside its own Rotate. */
export type ExtractedPage = { readonly path: string; readonly pageIndex: number; readonly turn: Turn }

export type ExtractTask = {
  readonly kind: 'extract'
  /** In this order, whatever PDFs they come from. */
  readonly pages: readonly ExtractedPage[]
  readonly outputPath: string
}

export type WrittenPdf = { readonly pageCount: number; readonly sizeBytes: number }

type PagePoint = { readonly x: number; readonly y: number }

/**
 * A mark on a page. Positions and sizes are fractions [0, 1] of the upright page as displayed, origin top left.
 * `pageIndex` counts the pages of the copy as written, from 0.
 * `comment`: a numbered badge centred on (x, y), its full text always on the score sheet. Any other kind with words
 * gets such a badge beside its shape; a `text` only where the page has no room for it.
 */
export type MarkAnnotation = {
  readonly pageIndex: number
  readonly kind: 'comment' | 'highlight' | 'tick' | 'cross' | 'box' | 'text' | 'ink'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly text?: string
  /** As it must be read, sign and decimal comma included: `+1,5`. */
  readonly pointsText?: string
  readonly strokes?: readonly (readonly PagePoint[])[]
}

type SheetLabels = {
  readonly anonymousId: string
  readonly question: string
  readonly points: string
  readonly maximum: string
  readonly total: string
  readonly comments: string
  readonly generalComment: string
  readonly page: string
}

export type SheetRow = {
  readonly label: string
  readonly depth: number
  /** `null` when nothing was scored. */
  readonly pointsText: string | null
  readonly maximumText: string
  /** What the marker says of the question. */
  readonly remark?: string
}

export type ScoreSheet = {
  readonly title: string
  readonly anonymousId: string
  readonly labels: SheetLabels
  readonly rows: readonly SheetRow[]
  readonly totalText: string
  readonly maximumTotalText: string
  readonly generalComment?: string
}

export type DrawTask = {
  readonly kind: 'draw'
  readonly sourcePath: string
  /** Pages of the source that make the copy, in this order; all of them when absent. */
  readonly pageIndexes?: readonly number[]
  readonly outputPath: string
  readonly annotations: readonly MarkAnnotation[]
  readonly sheet: ScoreSheet
  /** Stable identity of the result: the same input and the same id give the same bytes. */
  readonly documentId: string
}

export type MarkedPdf = WrittenPdf & { readonly sheetPageCount: number }

/** A sign of life per page. It restarts the page clock. */
export type PageProgress = { readonly pageIndex: number }

export type EngineWork = {
  readonly inspect: {
    readonly task: InspectTask
    readonly progress: PageProgress
    readonly result: PdfInspection
  }
  readonly rasterize: {
    readonly task: RasterizeTask
    readonly progress: PageOutcome
    readonly result: readonly PageOutcome[]
  }
  readonly extract: {
    readonly task: ExtractTask
    readonly progress: PageProgress
    readonly result: WrittenPdf
  }
  readonly draw: { readonly task: DrawTask; readonly progress: PageProgress; readonly result: MarkedPdf }
}

type EngineTaskKind = keyof EngineWork
export type EngineTask = EngineWork[EngineTaskKind]['task']
