import * as mupdf from 'mupdf'
import { listenTo } from './complaints.ts'
import { takePixels } from './pixel-memory.ts'
import type { Raster } from './raster.ts'

/** Draws a page as displayed. `hadErrors`: the engine complained, so what is missing may not be the page's fault. */
export function drawPage(
  page: mupdf.PDFPage,
  dpi: number,
  isGrey: boolean,
): { readonly raster: Raster; readonly hadErrors: boolean } {
  const colorSpace = isGrey ? mupdf.ColorSpace.DeviceGray : mupdf.ColorSpace.DeviceRGB
  const { result: pixmap, hasComplained } = listenTo(() =>
    page.toPixmap(mupdf.Matrix.scale(dpi / 72, dpi / 72), colorSpace, false, true),
  )
  try {
    const pixels = pixmap.getPixels()
    // A copy: the WASM heap may move or be reused while sharp's threads read.
    const data = takePixels(pixels.length)
    data.set(pixels)
    const raster: Raster = {
      data,
      width: pixmap.getWidth(),
      height: pixmap.getHeight(),
      channels: isGrey ? 1 : 3,
    }
    return { raster, hadErrors: hasComplained }
  } finally {
    pixmap.destroy()
  }
}
