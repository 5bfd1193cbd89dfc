import { Matrix, type PDFObject } from 'mupdf'
import { type Operand, readOperations } from './content-tokens.ts'
import { readContents } from './page-contents.ts'
import type { PathReason } from './tasks.ts'

/** An image and the matrix that places its unit square on the page. */
export type PlacedImage = { readonly image: PDFObject; readonly matrix: Matrix }

/** What a page is made of: images and at most text that nobody sees, or anything else, with the reason to draw it. */
export type PageLayout = {
  readonly images: readonly PlacedImage[]
  /** Windows through which some of it is seen: unit squares, as those of images. */
  readonly clips: readonly Matrix[]
  readonly hasHiddenText: boolean
  readonly drawnBecause: PathReason | undefined
}

/** Longer contents are never "images and what was recognized on them"; a page of recognized text takes some 50 KB. */
const maxContentBytes = 1_048_576
const maxImages = 64
const maxFormDepth = 3

type State = { matrix: Matrix; isTextHidden: boolean }
type Look = {
  readonly images: PlacedImage[]
  readonly clips: Matrix[]
  hasHiddenText: boolean
  /** A stencil would take the colour. */
  setsColour: boolean
  drawnBecause: PathReason | undefined
}

/**
 * Reads what a page draws without running it: callback devices would tell more, but corrupt MuPDF's heap.
 * Whatever is not understood counts as drawn.
 */
export function readLayout(page: PDFObject): PageLayout {
  const look: Look = {
    images: [],
    clips: [],
    hasHiddenText: false,
    setsColour: false,
    drawnBecause: page.get('Annots').length > 0 ? 'annotated' : undefined,
  }
  const start = { matrix: Matrix.identity, isTextHidden: false }
  const isUnderstood = follow(readContents(page), page.getInheritable('Resources'), start, look, 0)
  if (!isUnderstood) look.drawnBecause ??= 'drawn'
  else if (look.images.length === 0) look.drawnBecause ??= 'empty'
  if (look.setsColour && look.images.some(isStencil)) look.drawnBecause ??= 'colours'
  return look
}

function isStencil({ image }: PlacedImage): boolean {
  return image.get('ImageMask').valueOf() === true
}

/** Operators that draw nothing and change nothing about how an image looks. */
const harmless: ReadonlySet<string> = new Set(
  'w J j M d ri i BT ET Td TD Tm T* Tc Tw Tz TL Ts BMC EMC MP'.split(' '),
)
const setsColour: ReadonlySet<string> = new Set('g G rg RG k K cs CS sc SC scn SCN'.split(' '))
const showsText: ReadonlySet<string> = new Set(['Tj', 'TJ', "'", '"'])

/** Follows the operations of a page or of a form; false as soon as one is not understood. */
function follow(
  contents: Uint8Array,
  resources: PDFObject,
  initial: State,
  look: Look,
  depth: number,
): boolean {
  if (contents.length > maxContentBytes || depth > maxFormDepth) return false
  let state: State = { ...initial }
  const saved: State[] = []
  let path: Matrix[] = []
  let clips = false
  for (const { operator, operands } of readOperations(contents)) {
    if (operator === 'q') saved.push({ ...state })
    else if (operator === 'Q') state = saved.pop() ?? state
    else if (operator === 'cm') state.matrix = Matrix.concat(toMatrix(operands), state.matrix)
    else if (operator === 'Tr') state.isTextHidden = operands.at(-1) === 3
    else if (operator === 're') path.push(Matrix.concat(rectangle(operands), state.matrix))
    else if (operator === 'W' || operator === 'W*') clips = true
    else if (operator === 'n') {
      if (clips && path.length !== 1) return false
      if (clips) look.clips.push(...path)
      path = []
      clips = false
    } else if (operator === 'Do') {
      if (!draw(resources, nameIn(operands.at(-1)), state, look, depth)) return false
    } else if (operator === 'Tf') {
      if (isDrawnFont(resources, nameIn(operands[0]))) return false
    } else if (showsText.has(operator)) {
      if (!state.isTextHidden) return false
      look.hasHiddenText = true
    } else if (operator === 'BDC') {
      if (operands[0] === '/OC') return false
    } else if (setsColour.has(operator)) look.setsColour = true
    else if (!harmless.has(operator)) return false
  }
  return true
}

function nameIn(operand: Operand | undefined): string {
  return String(operand).slice(1)
}

/** The glyphs of a Type 3 font are drawings, which no render mode hides. */
function isDrawnFont(resources: PDFObject, name: string): boolean {
  const font = memberOf(resources, 'Font', name)
  return font?.isDictionary() === true && font.get('Subtype').asName() === 'Type3'
}

/** Notes an image, or follows a form; false when either is more than that. */
function draw(resources: PDFObject, name: string, state: State, look: Look, depth: number): boolean {
  const object = memberOf(resources, 'XObject', name)
  if (object === undefined || !object.isStream()) return false
  const subtype = object.get('Subtype').asName()
  if (subtype === 'Image') {
    look.images.push({ image: object, matrix: state.matrix })
    return look.images.length <= maxImages
  }
  // A form that is a group, or hidden by a layer, is more than its contents.
  const isPlainForm = subtype === 'Form' && object.get('Group').isNull() && object.get('OC').isNull()
  if (!isPlainForm) return false
  const images = look.images.length
  const own = object.get('Resources')
  const placed = object.get('Matrix')
  const matrix = placed.isArray() ? toMatrix(numbersOf(placed)) : Matrix.identity
  const inner = { ...state, matrix: Matrix.concat(matrix, state.matrix) }
  const buffer = object.readStream()
  const contents = Uint8Array.from(buffer.asUint8Array())
  buffer.destroy()
  const isUnderstood = follow(contents, own.isDictionary() ? own : resources, inner, look, depth + 1)
  // The form's box would clip an image; recognized text it may clip as it likes.
  return isUnderstood && look.images.length === images
}

/** A member of a resource dictionary. Asking MuPDF's null object for a member throws, hence the steps. */
function memberOf(resources: PDFObject, kind: string, name: string): PDFObject | undefined {
  const members = resources.isDictionary() ? resources.get(kind) : undefined
  const member = members?.isDictionary() ? members.get(name) : undefined
  return member === undefined || member.isNull() ? undefined : member
}

function numbersOf(array: PDFObject): number[] {
  return Array.from({ length: array.length }, (_, index) => array.get(index).asNumber())
}

/** The matrix that makes the unit square this rectangle. */
function rectangle(operands: readonly Operand[]): Matrix {
  const [x = 0, y = 0, width = 0, height = 0] = operands.slice(-4).map(Number)
  return [width, 0, 0, height, x, y]
}

function toMatrix(operands: readonly Operand[]): Matrix {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = operands.slice(-6).map(Number)
  return [a, b, c, d, e, f]
}
