import type { EnginePool } from './engine-pool.ts'
import { countPage } from './metrics.ts'
import { parsePageOutcome } from './page-outcome.ts'
import type {
  DrawTask,
  ExtractTask,
  InspectTask,
  MarkedPdf,
  PageOutcome,
  PdfInspection,
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
 * Writes three images per page (full, screen and thumbnail) into `outputDirectory`, upright. Where the full one is light
 * and hardly wider than a screen, the screen's is a copy of it.
 * `onPage` hears of each page as soon as its files are complete, and of each that cannot be read, which ends nothing.
 * Default resolution of a drawn page: 200 dpi. Errors: those that concern the document, as `inspectPdf`, and faults of
 * the engine: `logContext['page.index']` tells the page, `['page.last_index']` the last one before a killed child's.
 * Files of the pages done before stay; ask again with `pageIndexes` for the rest.
 */
export async function rasterizeDocument(
  pool: EnginePool,
  request: Omit<RasterizeTask, 'kind'>,
  hooks: { readonly onPage?: (page: PageOutcome) => void } = {},
): Promise<readonly PageOutcome[]> {
  const task: RasterizeTask = { ...request, kind: 'rasterize' }
  const pages = await pool.run(task, {
    onProgress: (said) => {
      const page = parsePageOutcome(said, task.outputDirectory)
      if (!('failed' in page)) countPage(page)
      hooks.onPage?.(page)
    },
  })
  return pages.map((said) => parsePageOutcome(said, task.outputDirectory))
}

/**
 * Writes a PDF with pages of others, in the order given, each turned as asked: deterministic, image bytes untouched,
 * visible annotations flattened, nothing else of the sources kept. Errors: as `inspectPdf`.
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
