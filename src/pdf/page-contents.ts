import type { PDFObject } from 'mupdf'

/** Reads what a page is made of without running it. Callback devices would tell more, but corrupt MuPDF's heap. */

const oneImage = /^\s*(?:q\s+)?(?:[-+.\d]+\s+){6}cm\s+\/([^\s/<>[\]()]+)\s+Do\s*(?:Q\s*)?$/
/** Longer contents are never "one image and nothing else". */
const shortContentBytes = 4_096

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

/** Whether one grey or black-and-white image is all there is, so that rendering in grey loses nothing. */
export function holdsOneGreyImage(page: PDFObject): boolean {
  if (page.get('Annots').length > 0) return false
  const contents = readContents(page)
  if (contents.length > shortContentBytes) return false
  const name = oneImage.exec(Buffer.from(contents).toString('latin1'))?.[1]
  if (name === undefined) return false
  const image = findDrawables(page)?.get(name)
  if (image === undefined || !image.isStream() || image.get('Subtype').asName() !== 'Image') return false
  return image.get('ImageMask').valueOf() === true || isGreySpace(image.get('ColorSpace'))
}

function isGreySpace(space: PDFObject): boolean {
  if (space.isName()) return space.asName() === 'DeviceGray'
  return space.isArray() && space.get(0).asName() === 'ICCBased' && space.get(1, 'N').asNumber() === 1
}

/**
 * Whether the page holds something that must leave a trace when rendered: text, lines, or an image with more bytes
 * than an empty one needs. Wrong guesses only cost a person's look at a blank page.
 */
export function shouldLeaveTraces(page: PDFObject): boolean {
  const contents = Buffer.from(readContents(page)).toString('latin1')
  if (/[)\]>]\s*(?:Tj|TJ|['"])(?=\s|$)|\s(?:S|s|B|b|sh)\*?(?=\s|$)|\sEI(?=\s|$)/.test(contents)) return true
  let hasInkyImage = false
  findDrawables(page)?.forEach((image) => {
    hasInkyImage ||= image.isStream() && outweighsBlankImage(image)
  })
  return hasInkyImage
}

/** The images and forms of a page by name. Asking MuPDF's null object for a member throws, hence the steps. */
export function findDrawables(page: PDFObject): PDFObject | undefined {
  const resources = page.getInheritable('Resources')
  const drawables = resources.isDictionary() ? resources.get('XObject') : undefined
  return drawables?.isDictionary() ? drawables : undefined
}

/** An all-white JPEG still spends about 0.75 byte per block of 64 pixels; fax-like codings spend a bit per row. */
function outweighsBlankImage(image: PDFObject): boolean {
  const blocks = (image.get('Width').asNumber() * image.get('Height').asNumber()) / 64
  return image.get('Length').asNumber() > 4_096 + blocks * 2.5
}
