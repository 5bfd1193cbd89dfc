import { emptyStore, type PDFDocument, type PDFObject, type PDFPage, type Rect } from 'mupdf'
import { engineError } from './errors.ts'
import { isBare } from './page-flags.ts'
import { isPage } from './page-tree.ts'
import { drawPage } from './render.ts'
import { sampleInk, sampleWidthPx } from './sample-ink.ts'

/** By which of its boxes a page is shown. Boxes are mended in the open document, so that all that reads it agrees. */

/** ISO 32000, annex C: no page is smaller. What is, is a mistake, and viewers look at the box around it. */
const smallestSide = 3
/** Nobody sees whether a point of the paper is cut off. */
const tolerancePoints = 1
/** As MuPDF and other viewers do for a page that does not say. */
const letter: Rect = [0, 0, 612, 792]

/** A page, and whether it is shown whole because there is nothing but bare paper within its crop box, and ink beside. */
export type ShownPage = { readonly page: PDFPage; readonly isUncropped: boolean }

/** Loads a page with the size by which viewers show it. The caller destroys it. Errors: `corrupt`. */
export function loadPage(document: PDFDocument, pageIndex: number): PDFPage {
  mendBoxes(findPage(document, pageIndex))
  return document.loadPage(pageIndex)
}

/** As `loadPage`, but looks for ink beside a crop box that has none. The caller destroys the page. */
export function loadShownPage(document: PDFDocument, pageIndex: number): ShownPage {
  const media = mendBoxes(findPage(document, pageIndex))
  const page = document.loadPage(pageIndex)
  try {
    if (!isCropped(page.getObject(), media) || hasInk(page)) return { page, isUncropped: false }
    const crop = page.getObject().get('CropBox')
    page.getObject().put('CropBox', media)
    if (hasInk(page)) return { page, isUncropped: true }
    page.getObject().put('CropBox', crop)
    return { page, isUncropped: false }
  } catch (error) {
    page.destroy()
    throw error
  }
}

function findPage(document: PDFDocument, pageIndex: number): PDFObject {
  const page = document.findPage(pageIndex)
  if (!isPage(page)) throw engineError('corrupt', { 'page.index': pageIndex })
  return page
}

/**
 * Limits the crop box to the media box, and replaces it where nothing is left of it; drops a unit that makes the page
 * vanish. Returns the media box.
 */
function mendBoxes(page: PDFObject): Rect {
  const said = rectangleOf(page.getInheritable('MediaBox'))
  const media = isEmpty(said, 0) ? letter : said
  const cropBox = page.getInheritable('CropBox')
  if (!cropBox.isNull()) {
    const crop = rectangleOf(cropBox)
    const shown = intersect(crop, media)
    const isLost = isEmpty(shown, smallestSide)
    if (isLost || shown.some((edge, i) => edge !== crop[i])) page.put('CropBox', isLost ? media : shown)
  }
  const unit = page.getInheritable('UserUnit')
  const side = Math.min(media[2] - media[0], media[3] - media[1])
  if (!unit.isNull() && !(unit.asNumber() * side >= smallestSide)) page.put('UserUnit', 1)
  return media
}

/** The corners in order; zeros for what are no four numbers. */
function rectangleOf(box: PDFObject): Rect {
  const at = (index: number) => (box.isArray() ? box.get(index).asNumber() : 0)
  const [a, b, c, d] = [at(0), at(1), at(2), at(3)]
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
}

function intersect(one: Rect, other: Rect): Rect {
  return [
    Math.max(one[0], other[0]),
    Math.max(one[1], other[1]),
    Math.min(one[2], other[2]),
    Math.min(one[3], other[3]),
  ]
}

function isEmpty([left, bottom, right, top]: Rect, side: number): boolean {
  return !(right - left > side && top - bottom > side)
}

function isCropped(page: PDFObject, media: Rect): boolean {
  const cropBox = page.getInheritable('CropBox')
  if (cropBox.isNull()) return false
  return rectangleOf(cropBox).some((edge, i) => Math.abs(edge - (media[i] ?? 0)) > tolerancePoints)
}

/** Asked of a small picture, in which a page that is bare is as bare as it is at any size. */
function hasInk(page: PDFPage): boolean {
  const [left, top, right, bottom] = page.getBounds()
  // A page that is hardly wider than a line would become a picture without an end.
  const points = Math.max(right - left, (bottom - top) / 4)
  const { raster } = drawPage(page, (72 * sampleWidthPx) / points, true)
  // Of an image that it remembers the engine would not complain when the page is drawn in earnest.
  emptyStore()
  return !isBare(sampleInk(raster, raster))
}
