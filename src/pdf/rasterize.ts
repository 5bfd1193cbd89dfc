import { join } from 'node:path'
import * as mupdf from 'mupdf'
import sharp, { type Sharp } from 'sharp'
import { engineError } from './errors.ts'
import { failureOf, onPageIndex } from './failure.ts'
import { findKeptScan, type KeptScan } from './kept-scan.ts'
import { assertPagesExist, measurePages, openPdf, renderDpi } from './inspect.ts'
import { holdsOneGreyImage, shouldLeaveTraces } from './page-contents.ts'
import type { PageImage, RasterizedPage, RasterizeTask } from './tasks.ts'

const screenWidthPx = 1_240
const thumbnailWidthPx = 240
const webp = { quality: 70, effort: 2 } as const
const jpeg = { quality: 85 } as const

/** Dust is allowed on a blank page, a one-letter answer is not: a page wrongly called blank would go unread. */
const speckPx = 6

/** Pixels without alpha, rows without padding. */
type Raster = {
  readonly data: Buffer
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

/** Where a page's pixels come from. A raster of our own is encoded; a kept scan is only decoded. */
type Source = Raster | KeptScan

type Rendering = { readonly source: Source; readonly hadErrors: boolean; readonly leavesTraces: boolean }

// The children are the parallelism: threads inside one would only fight over the same cores.
sharp.concurrency(1)
sharp.cache(false)

/** Child side of `rasterizeDocument`: renders and encodes page after page. Errors: as `openPdf`, `page-too-large`. */
export async function rasterizeFile(
  task: RasterizeTask,
  report: (page: RasterizedPage) => void,
): Promise<RasterizedPage[]> {
  const dpi = task.dpi ?? renderDpi
  const document = openPdf(task.path, task.limits)
  try {
    const pageCount = measurePages(document, task.limits, dpi, () => undefined).length
    const pageIndexes = task.pageIndexes ?? Array.from({ length: pageCount }, (_, index) => index)
    assertPagesExist(pageIndexes, pageCount)
    const pages: RasterizedPage[] = []
    for (const pageIndex of pageIndexes) {
      const page = await onPageIndex(pageIndex, async () => {
        const rendering = renderPage(document, pageIndex, dpi)
        return writeImages(rendering, pageIndex, task.outputDirectory).catch((error: unknown) => {
          // Not the document's fault: at this point it is pixels.
          throw engineError(failureOf(error).code === 'out-of-memory' ? 'out-of-memory' : 'engine-fault')
        })
      })
      report(page)
      pages.push(page)
    }
    return pages
  } finally {
    document.destroy()
  }
}

function renderPage(document: mupdf.PDFDocument, pageIndex: number, dpi: number): Rendering {
  let errors = 0
  mupdf.setLog({ error: () => void errors++, warning: () => void errors++ })
  const page = document.loadPage(pageIndex)
  try {
    const isGrey = holdsOneGreyImage(page.getObject())
    const scale = dpi / 72
    const colorSpace = isGrey ? mupdf.ColorSpace.DeviceGray : mupdf.ColorSpace.DeviceRGB
    const pixmap = page.toPixmap(mupdf.Matrix.scale(scale, scale), colorSpace, false, true)
    try {
      const raster: Raster = {
        // A copy: the WASM heap may move or be reused while sharp's threads read.
        data: Buffer.from(pixmap.getPixels()),
        width: pixmap.getWidth(),
        height: pixmap.getHeight(),
        channels: isGrey ? 1 : 3,
      }
      return { raster, hadErrors: errors > 0, leavesTraces: shouldLeaveTraces(page.getObject()) }
    } finally {
      pixmap.destroy()
    }
  } finally {
    page.destroy()
  }
}

async function writeImages(
  { raster, hadErrors, leavesTraces }: Rendering,
  pageIndex: number,
  directory: string,
): Promise<RasterizedPage> {
  const name = `page-${String(pageIndex + 1).padStart(4, '0')}`
  const screenRaster = await narrow(raster, screenWidthPx)
  const [full, screen, thumbnail, ink] = await Promise.all([
    writeJpeg(raster, join(directory, `${name}-full.jpg`)),
    writeWebp(screenRaster, join(directory, `${name}-screen.webp`)),
    narrow(screenRaster, thumbnailWidthPx).then((small) =>
      writeWebp(small, join(directory, `${name}-thumbnail.webp`)),
    ),
    measureInk(screenRaster),
  ])
  const rendersEmpty = ink.isUniform && (hadErrors || leavesTraces)
  return { pageIndex, full, screen, thumbnail, isBlank: ink.isBlank && !rendersEmpty, rendersEmpty }
}

async function narrow(raster: Raster, widthPx: number): Promise<Raster> {
  if (raster.width <= widthPx) return raster
  const { data, info } = await open(raster)
    .resize({ width: widthPx })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: raster.channels }
}

function open(raster: Raster): Sharp {
  const image = sharp(raster.data, {
    raw: { width: raster.width, height: raster.height, channels: raster.channels },
    limitInputPixels: false,
  })
  // Without this a grey raster comes out of `resize` with three channels.
  return raster.channels === 1 ? image.toColourspace('b-w') : image
}

async function writeJpeg(raster: Raster, path: string): Promise<PageImage> {
  const info = await open(raster).jpeg(jpeg).toFile(path)
  return { path, mediaType: 'image/jpeg', widthPx: info.width, heightPx: info.height, sizeBytes: info.size }
}

async function writeWebp(raster: Raster, path: string): Promise<PageImage> {
  const info = await open(raster).webp(webp).toFile(path)
  return { path, mediaType: 'image/webp', widthPx: info.width, heightPx: info.height, sizeBytes: info.size }
}

/**
 * Tells bare paper from a written page: at about 37 dpi sensor noise is averaged away, the median is the paper's
 * tone, and pixels clearly darker than it are ink. The border is left out, where scanners leave shadows.
 */
async function measureInk(raster: Raster): Promise<{ isBlank: boolean; isUniform: boolean }> {
  const { data, info } = await open(raster)
    .resize({ width: 310, withoutEnlargement: true })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const histogram = new Array<number>(256).fill(0)
  const border = Math.round(info.width * 0.04)
  let counted = 0
  let lowest = 255
  let highest = 0
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const value = data[(y * info.width + x) * info.channels] ?? 255
      lowest = Math.min(lowest, value)
      highest = Math.max(highest, value)
      if (x < border || y < border || x >= info.width - border || y >= info.height - border) continue
      histogram[value] = (histogram[value] ?? 0) + 1
      counted += 1
    }
  }
  let median = 0
  for (let seen = 0; median < 255 && seen + (histogram[median] ?? 0) <= counted / 2; median++)
    seen += histogram[median] ?? 0
  const inked = histogram.slice(0, Math.max(0, median - 24)).reduce((sum, amount) => sum + amount, 0)
  return { isBlank: inked <= speckPx, isUniform: highest - lowest <= 2 }
}
