import type { EnginePool } from './engine-pool.ts'
import type {
  DrawTask,
  ExtractTask,
  InspectTask,
  MarkedPdf,
  PdfInspection,
  RasterizedPage,
  RasterizeTask,
  WrittenPdf,
} from './tasks.ts'

/**
 * Opens a file as a PDF within limits and measures its pages; renders nothing, writes nothing.
 * Errors: `not-a-pdf corrupt encrypted no-pages too-many-pages too-large page-too-large`, and those of the pool.
 */
export function inspectPdf(pool: EnginePool, request: Omit<InspectTask, 'kind'>): Promise<PdfInspection> {
  return pool.run({ ...request, kind: 'inspect' })
}

/**
 * Writes three images per page (full JPEG, screen and thumbnail WebP) into `outputDirectory`, upright.
 * `onPage` hears of each page as soon as its files are complete. Default resolution: 200 dpi.
 * Errors: as `inspectPdf`; `logContext['page.index']` tells the page. Files of the pages done before stay.
 */
export function rasterizeDocument(
  pool: EnginePool,
  request: Omit<RasterizeTask, 'kind'>,
  hooks: { readonly onPage?: (page: RasterizedPage) => void } = {},
): Promise<readonly RasterizedPage[]> {
  const task: RasterizeTask = { ...request, kind: 'rasterize' }
  return pool.run(task, hooks.onPage === undefined ? {} : { onProgress: hooks.onPage })
}

/**
 * Writes a PDF with some pages of another one, in the order given: deterministic, image bytes untouched,
 * visible annotations flattened, nothing else of the source kept. Errors: as `inspectPdf`.
 */
export function extractPages(pool: EnginePool, request: Omit<ExtractTask, 'kind'>): Promise<WrittenPdf> {
  return pool.run({ ...request, kind: 'extract' })
}

/**
 * Writes the marked copy: the source's pages with the marks over them, then the score sheet (A4, at least one page).
 * `pageCount` includes the `sheetPageCount` pages of the sheet. Deterministic for the same task. Errors: as `inspectPdf`.
 */
export function drawMarkedPdf(pool: EnginePool, request: Omit<DrawTask, 'kind'>): Promise<MarkedPdf> {
  return pool.run({ ...request, kind: 'draw' })
}
