import { Matrix, type PDFObject } from 'mupdf'

/** Reads what a page is made of without running it. Callback devices would tell more, but corrupt MuPDF's heap. */

const number = String.raw`[-+]?[\d.]+\s+`
const step = String.raw`(?:q|(?:${number}){6}cm)\s+`
/** Nothing but moves and one drawn object. */
const onlyObject = new RegExp(String.raw`^\s*((?:${step})+)/([^\s/<>[\](){}%#]+)\s+Do\s*(?:Q\s*)*$`)
const move = new RegExp(`((?:${number}){6})cm`, 'g')
/** Longer contents are never "one image and nothing else". */
const shortContentBytes = 4_096

/** The image that alone makes a page, and the matrix that places its unit square. */
export type OnlyImage = { readonly image: PDFObject; readonly matrix: Matrix }

/** Finds the one image of a page that has nothing else, neither text nor lines nor annotations. */
export function findOnlyImage(page: PDFObject): OnlyImage | undefined {
  if (page.get('Annots').length > 0) return undefined
  const contents = readContents(page)
  if (contents.length > shortContentBytes) return undefined
  const [, moves = '', name] = onlyObject.exec(Buffer.from(contents).toString('latin1')) ?? []
  const image = name === undefined ? undefined : findDrawables(page)?.get(name)
  if (image === undefined || !image.isStream() || image.get('Subtype').asName() !== 'Image') return undefined
  let matrix: Matrix = Matrix.identity
  for (const [, values = ''] of moves.matchAll(move)) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = values.trim().split(/\s+/).map(Number)
    matrix = Matrix.concat([a, b, c, d, e, f], matrix)
  }
  return { image, matrix }
}

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
  const image = findOnlyImage(page)?.image
  if (image === undefined) return false
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
function findDrawables(page: PDFObject): PDFObject | undefined {
  const resources = page.getInheritable('Resources')
  const drawables = resources.isDictionary() ? resources.get('XObject') : undefined
  return drawables?.isDictionary() ? drawables : undefined
}

/** An all-white JPEG still spends about 0.75 byte per block of 64 pixels; fax-like codings spend a bit per row. */
function outweighsBlankImage(image: PDFObject): boolean {
  const blocks = (image.get('Width').asNumber() * image.get('Height').asNumber()) / 64
  return image.get('Length').asNumber() > 4_096 + blocks * 2.5
}
