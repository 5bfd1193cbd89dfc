import type { PDFObject } from 'mupdf'
import { type Operand, type Operation, readOperations } from './content-tokens.ts'
import { endsWithinSegment } from './jbig2-segments.ts'
import { readContents } from './page-contents.ts'

/** Whether a page that came out empty should have: what it holds is looked through, without running it. */

/** Contents heavier than this are not looked through: they are there for something. */
const mostBytes = 4_194_304
/** A page that needs more forms than this is none that somebody left blank. */
const mostForms = 200
/** From this lightness on, a fill may be the paper's own. */
const paleFrom = 0.8

const strokesAndWords: ReadonlySet<string> = new Set(
  // The last two are an image within the contents, and what cannot be read.
  ['S', 's', 'B', 'B*', 'b', 'b*', 'sh', 'Tj', 'TJ', "'", '"', 'BI', '?'],
)
const fills: ReadonlySet<string> = new Set(['f', 'F', 'f*'])

/**
 * Whether the page holds what must leave a trace when it is drawn: words, lines, fills that are not pale, or an image with
 * more bytes than an empty one needs, in forms, too. Wrong guesses only cost a person's look at a blank page.
 */
export function shouldLeaveTraces(page: PDFObject): boolean {
  try {
    const seen = new Set<number>()
    const resources = page.getInheritable('Resources')
    return leavesTraces(readContents(page), resources, false, seen) || hasNotes(page.get('Annots'))
  } catch {
    return true // Whatever it holds, nobody can read it: a person must look.
  }
}

/** Flags of an annotation (ISO 32000, 12.5.3): hidden, on paper and on screen. */
const hidden = 2
/** What hangs over a page without being drawn. */
const unseen: ReadonlySet<string> = new Set(['Link', 'Popup'])

/** Whether something hangs over the page that is there to be seen. */
function hasNotes(annotations: PDFObject): boolean {
  return Array.from({ length: annotations.length }, (_, index) => annotations.get(index)).some((note) => {
    if (!note.isDictionary() || unseen.has(note.get('Subtype').asName())) return false
    return (note.get('F').asNumber() & hidden) === 0
  })
}

function leavesTraces(
  contents: Uint8Array,
  resources: PDFObject,
  startsPale: boolean,
  seen: Set<number>,
): boolean {
  if (contents.length > mostBytes) return true
  const saved: boolean[] = []
  let isPale = startsPale
  for (const operation of readOperations(contents)) {
    const { operator, operands } = operation
    if (strokesAndWords.has(operator) || (fills.has(operator) && !isPale)) return true
    if (operator === 'q') saved.push(isPale)
    else if (operator === 'Q') isPale = saved.pop() ?? startsPale
    else if (operator === 'Do' && drawsInk(operands[0], resources, isPale, seen)) return true
    else isPale = paleAfter(operation) ?? isPale
  }
  return false
}

/** Whether a fill is pale after an operation that sets its colour; `undefined` after any other. */
function paleAfter({ operator, operands }: Operation): boolean | undefined {
  const isEach = (fits: (value: number) => boolean) =>
    operands.length > 0 && operands.every((value) => typeof value === 'number' && fits(value))
  if (operator === 'g' || operator === 'rg') return isEach((value) => value >= paleFrom)
  if (operator === 'k') return isEach((value) => value <= 1 - paleFrom)
  // Of other colours only the renderer knows.
  return ['cs', 'sc', 'scn'].includes(operator) ? false : undefined
}

function drawsInk(
  name: Operand | undefined,
  resources: PDFObject,
  isPale: boolean,
  seen: Set<number>,
): boolean {
  const drawables = resources.isDictionary() ? resources.get('XObject') : undefined
  const drawn = drawables?.isDictionary() ? drawables.get(String(name).slice(1)) : undefined
  if (!drawn?.isStream()) return true
  if (drawn.get('Subtype').asName() !== 'Form') return outweighsBlankImage(drawn)
  const number = drawn.asIndirect()
  if (seen.has(number)) return false
  seen.add(number)
  if (seen.size > mostForms) return true
  const buffer = drawn.readStream()
  const contents = Uint8Array.from(buffer.asUint8Array())
  buffer.destroy()
  const own = drawn.get('Resources')
  return leavesTraces(contents, own.isDictionary() ? own : resources, isPale, seen)
}

/**
 * An all-white JPEG still spends about 0.75 byte per block of 64 pixels; a fax a bit per row, or four bytes in its older
 * way; JBIG2 next to nothing, if it is all there.
 */
function outweighsBlankImage(image: PDFObject): boolean {
  const [width, height] = [image.get('Width').asNumber(), image.get('Height').asNumber()]
  const filter = lastFilter(image)
  if (filter === 'JBIG2Decode' && isCutShort(image)) return true
  return image.get('Length').asNumber() > blankBytes(filter, image, (width * height) / 64, height)
}

/** Only where nothing else lies around the coding. */
function isCutShort(image: PDFObject): boolean {
  if (image.get('Filter').isArray() && image.get('Filter').length > 1) return false
  const buffer = image.readRawStream()
  const isShort = endsWithinSegment(buffer.asUint8Array())
  buffer.destroy()
  return isShort
}

function blankBytes(filter: string, image: PDFObject, blocks: number, rows: number): number {
  if (filter === 'JBIG2Decode') return 2_048
  if (filter !== 'CCITTFaxDecode') return 4_096 + blocks * 2.5
  const parameters = image.get('DecodeParms')
  const isTwoDimensional = parameters.isDictionary() && parameters.get('K').asNumber() < 0
  return 512 + rows * (isTwoDimensional ? 0.25 : 4)
}

function lastFilter(image: PDFObject): string {
  const filter = image.get('Filter')
  const last = filter.isArray() && filter.length > 0 ? filter.get(filter.length - 1) : filter
  return last.isName() ? last.asName() : ''
}
