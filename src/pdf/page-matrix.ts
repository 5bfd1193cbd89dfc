import * as mupdf from 'mupdf'

/** The upright page as displayed, in points, and the way from there into the page's own coordinates. */
export type PageFrame = {
  readonly width: number
  readonly height: number
  /** From the frame (origin bottom left, y up) to PDF user space. */
  readonly toUserSpace: mupdf.Matrix
}

/**
 * Measures a page's frame. The inverse of the matrix with which MuPDF displays the page serves every Rotate, CropBox
 * and UserUnit alike, and stays right for boxes so broken that MuPDF replaces them.
 */
export function frameOf(page: mupdf.PDFPage): PageFrame {
  const [left, top, right, bottom] = page.getBounds()
  const fromDisplay = mupdf.Matrix.invert(page.getTransform())
  return {
    width: right - left,
    height: bottom - top,
    toUserSpace: mupdf.Matrix.concat([1, 0, 0, -1, left, bottom], fromDisplay),
  }
}
