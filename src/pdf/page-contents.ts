import type { PDFObject } from 'mupdf'

/** Reads what a page is made of without running it. Callback devices would tell more, but corrupt MuPDF's heap. */

/** The page's content streams, decoded and joined as a renderer would. Undecodable parts count as empty. */
export function readContents(page: PDFObject): Uint8Array {
  const contents = page.get('Contents')
  const parts = contents.isArray()
    ? Array.from({ length: contents.length }, (_, i) => contents.get(i))
    : [contents]
  const chunks: Uint8Array[] = []
  for (const part of parts) {
    if (!part.isStream()) continue
    const buffer = part.readStream()
    chunks.push(Uint8Array.from(buffer.asUint8Array()), newline)
    buffer.destroy()
  }
  return Buffer.concat(chunks)
}

const newline = Uint8Array.of(10)

/** Whether the page has images or forms, which may hold images. */
export function hasImages(page: PDFObject): boolean {
  return (findDrawables(page)?.length ?? 0) > 0
}

/**
 * Whether a page can only be black, white and grey: it draws no image, form or shading, sets no colour but by `g` and
 * `G`, and has no font whose glyphs are drawings.
 */
export function isDrawnInGrey(page: PDFObject): boolean {
  if (hasImages(page) || page.get('Annots').length > 0) return false
  const resources = page.getInheritable('Resources')
  const fonts = resources.isDictionary() ? resources.get('Font') : undefined
  let hasDrawnFont = false
  if (fonts?.isDictionary()) {
    fonts.forEach((font) => {
      if (font.isDictionary() && font.get('Subtype').asName() === 'Type3') hasDrawnFont = true
    })
  }
  const contents = Buffer.from(readContents(page)).toString('latin1')
  return !hasDrawnFont && !/[\s\]>)](?:rg|RG|k|K|cs|CS|sh|BI|Do)(?=\s|$)/.test(contents)
}

/** What MuPDF draws in a few milliseconds, if there is nothing else to it. */
const quickBytes = 65_536

/** Whether a page is words and lines only, and not too many of them. */
export function isQuickToDraw(page: PDFObject): boolean {
  const resources = page.getInheritable('Resources')
  const isPlain =
    !resources.isDictionary() || ['Pattern', 'Shading'].every((key) => resources.get(key).isNull())
  if (!isPlain || hasImages(page) || page.get('Annots').length > 0) return false
  return readContents(page).length <= quickBytes
}

/** The images and forms of a page by name. Asking MuPDF's null object for a member throws, hence the steps. */
function findDrawables(page: PDFObject): PDFObject | undefined {
  const resources = page.getInheritable('Resources')
  const drawables = resources.isDictionary() ? resources.get('XObject') : undefined
  return drawables?.isDictionary() ? drawables : undefined
}
