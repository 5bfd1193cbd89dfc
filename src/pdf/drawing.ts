import { hex4, utf16Hex } from './embed-fonts.ts'
import {
  findGlyphs,
  fontResourceNames,
  type Glyph,
  type GlyphUse,
  measureText,
  type Weight,
} from './fonts.ts'

/** Red, green, blue in [0, 1]. */
export type Colour = readonly [number, number, number]

/** PDF operators in a frame of points, origin bottom left, y up; and the glyphs they use. */
export type Drawing = {
  readonly width: number
  readonly height: number
  readonly operators: string[]
  readonly glyphs: GlyphUse
}

export type TextStyle = { readonly size: number; readonly weight?: Weight; readonly colour?: Colour }

const black: Colour = [0.1, 0.1, 0.12]
/** What markers write. */
export const ink: Colour = [0.78, 0.08, 0.12]

/** Graphics states that a drawing may name. `multiply` keeps what is written underneath readable. */
export const graphicsStates = {
  GMultiply: { Type: 'ExtGState', BM: 'Multiply', ca: 1 },
  GVeil: { Type: 'ExtGState', ca: 0.82 },
} as const

export function newDrawing(width: number, height: number, glyphs: GlyphUse): Drawing {
  return { width, height, operators: [], glyphs }
}

/** Numbers as PDF wants them: no exponent, three decimals at most. */
export function num(value: number): string {
  return String(Math.round(value * 1_000) / 1_000 + 0)
}

function fillColour(colour: Colour): string {
  return `${colour.map(num).join(' ')} rg`
}

function strokeColour(colour: Colour, width: number): string {
  return `${colour.map(num).join(' ')} RG ${num(width)} w 1 J 1 j`
}

/** Draws one line of text; (x, y) is the start of its baseline. */
export function drawText(drawing: Drawing, text: string, x: number, y: number, style: TextStyle): void {
  const { size, weight = 'regular', colour = black } = style
  const operators = [`BT ${fillColour(colour)} 1 0 0 1 ${num(x)} ${num(y)} Tm`]
  for (const run of splitRuns(findGlyphs(text, weight))) {
    const [first] = run
    if (first === undefined) continue
    for (const glyph of run) noteGlyph(drawing.glyphs, glyph)
    const shown = `/${fontResourceNames[first.face]} ${num(size)} Tf <${run.map(({ glyph }) => hex4(glyph)).join('')}> Tj`
    // The box of a missing character says nothing by itself; this lets a reader copy the character all the same.
    const isMissing = first.glyph === 0
    operators.push(
      isMissing ? `/Span <</ActualText <FEFF${utf16Hex(first.character)}>>> BDC ${shown} EMC` : shown,
    )
  }
  drawing.operators.push(`${operators.join(' ')} ET`)
}

export function drawTextRight(
  drawing: Drawing,
  text: string,
  right: number,
  y: number,
  style: TextStyle,
): void {
  drawText(drawing, text, right - measureText(text, style.size, style.weight), y, style)
}

export function drawTextCentred(
  drawing: Drawing,
  text: string,
  middle: number,
  y: number,
  style: TextStyle,
): void {
  drawText(drawing, text, middle - measureText(text, style.size, style.weight) / 2, y, style)
}

/** Runs of one face; each missing glyph stands alone. */
function splitRuns(glyphs: readonly Glyph[]): Glyph[][] {
  const runs: Glyph[][] = []
  for (const glyph of glyphs) {
    const last = runs.at(-1)
    const previous = last?.at(-1)
    if (last === undefined || previous?.face !== glyph.face || previous.glyph === 0 || glyph.glyph === 0)
      runs.push([glyph])
    else last.push(glyph)
  }
  return runs
}

function noteGlyph(use: GlyphUse, glyph: Glyph): void {
  const known = use.get(glyph.face) ?? new Map<number, Glyph>()
  use.set(glyph.face, known)
  if (!known.has(glyph.glyph)) known.set(glyph.glyph, glyph)
}

export function fillRectangle(
  drawing: Drawing,
  [x, y, width, height]: readonly [number, number, number, number],
  colour: Colour,
  state?: keyof typeof graphicsStates,
): void {
  const choose = state === undefined ? '' : `/${state} gs `
  const shape = [x, y, width, height].map(num).join(' ')
  drawing.operators.push(`q ${choose}${fillColour(colour)} ${shape} re f Q`)
}

export function strokeRectangle(
  drawing: Drawing,
  [x, y, width, height]: readonly [number, number, number, number],
  colour: Colour,
  lineWidth: number,
): void {
  const shape = [x, y, width, height].map(num).join(' ')
  drawing.operators.push(`q ${strokeColour(colour, lineWidth)} ${shape} re S Q`)
}

/** A disc of four Bézier quarters. */
export function fillDisc(drawing: Drawing, x: number, y: number, radius: number, colour: Colour): void {
  const k = radius * 0.5523
  const curves = [
    [x + radius, y + k, x + k, y + radius, x, y + radius],
    [x - k, y + radius, x - radius, y + k, x - radius, y],
    [x - radius, y - k, x - k, y - radius, x, y - radius],
    [x + k, y - radius, x + radius, y - k, x + radius, y],
  ].map((curve) => `${curve.map(num).join(' ')} c`)
  drawing.operators.push(`q ${fillColour(colour)} ${num(x + radius)} ${num(y)} m ${curves.join(' ')} f Q`)
}

/** A line through points. A single point becomes a dot. */
export function strokeLine(
  drawing: Drawing,
  points: readonly (readonly [number, number])[],
  colour: Colour,
  lineWidth: number,
): void {
  const [start, ...rest] = points
  if (start === undefined) return
  const ends = rest.length === 0 ? [start] : rest
  const path = ends.map(([x, y]) => `${num(x)} ${num(y)} l`).join(' ')
  drawing.operators.push(
    `q ${strokeColour(colour, lineWidth)} ${num(start[0])} ${num(start[1])} m ${path} S Q`,
  )
}
