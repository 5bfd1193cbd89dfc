import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as mupdf from 'mupdf'

export type FaceName = 'text' | 'bold' | 'math'
export type Weight = 'regular' | 'bold'

/** One character with the face that has it. `glyph` 0 is the face's own box for a missing character. */
export type Glyph = {
  readonly face: FaceName
  readonly glyph: number
  readonly character: string
  /** In thousandths of the font size. */
  readonly advance: number
}

/** Which glyphs of a face a document uses, and the character each stands for. */
export type GlyphUse = Map<FaceName, Map<number, Glyph>>

const require = createRequire(import.meta.url)

const files: Readonly<Record<FaceName, { readonly name: string; readonly path: string }>> = {
  text: { name: 'DejaVuSans', path: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf') },
  bold: { name: 'DejaVuSans-Bold', path: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf') },
  math: {
    name: 'NotoSansMath',
    path: require.resolve('@expo-google-fonts/noto-sans-math/400Regular/NotoSansMath_400Regular.ttf'),
  },
}

/** Names of the fonts in a resource dictionary. */
export const fontResourceNames: Readonly<Record<FaceName, string>> = {
  text: 'FText',
  bold: 'FBold',
  math: 'FMath',
}

const fallbacks: Readonly<Record<Weight, readonly FaceName[]>> = {
  regular: ['text', 'math'],
  bold: ['bold', 'text', 'math'],
}

// Read once and kept for the life of the child.
const loaded = new Map<FaceName, mupdf.Font>()
const glyphs: Readonly<Record<Weight, Map<string, Glyph>>> = { regular: new Map(), bold: new Map() }

export function loadFace(face: FaceName): mupdf.Font {
  const known = loaded.get(face)
  if (known !== undefined) return known
  const { name, path } = files[face]
  const font = new mupdf.Font(name, readFileSync(path))
  loaded.set(face, font)
  return font
}

/** Finds each character in the first face that has it; one nobody has becomes a visible box, never nothing. */
export function findGlyphs(text: string, weight: Weight): Glyph[] {
  return Array.from(withoutInvisible(text), (character) => findGlyph(character, weight))
}

function findGlyph(character: string, weight: Weight): Glyph {
  const known = glyphs[weight].get(character)
  if (known !== undefined) return known
  const code = character.codePointAt(0) ?? 0
  const face = fallbacks[weight].find((name) => loadFace(name).encodeCharacter(code) > 0)
  const font = loadFace(face ?? 'text')
  const glyph = face === undefined ? 0 : font.encodeCharacter(code)
  const found: Glyph = {
    face: face ?? 'text',
    glyph,
    character,
    advance: Math.round(font.advanceGlyph(glyph) * 1_000),
  }
  glyphs[weight].set(character, found)
  return found
}

/** Composed accents, plain spaces for tabs and controls, and nothing for joiners and variation selectors. */
function withoutInvisible(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\p{Cf}|\p{Variation_Selector}/gu, '')
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
}

/** Width in points. */
export function measureText(text: string, size: number, weight: Weight = 'regular'): number {
  const thousandths = findGlyphs(text, weight).reduce((sum, glyph) => sum + glyph.advance, 0)
  return (thousandths * size) / 1_000
}

/**
 * Breaks a text into lines of at most `width` points: at line ends, else at spaces, else inside a word that is
 * wider than a line. No character is lost except the spaces at which a line was broken.
 */
export function wrapText(text: string, size: number, width: number, weight: Weight = 'regular'): string[] {
  const lines: string[] = []
  for (const paragraph of text.split(/\r\n|[\n\r\u2028\u2029]/)) {
    let line = ''
    for (const word of paragraph.split(/[ \t]+/)) {
      const longer = line === '' ? word : `${line} ${word}`
      if (measureText(longer, size, weight) <= width) {
        line = longer
        continue
      }
      if (line !== '') lines.push(line)
      const pieces = splitWord(word, size, width, weight)
      lines.push(...pieces.slice(0, -1))
      line = pieces.at(-1) ?? ''
    }
    lines.push(line)
  }
  return lines
}

function splitWord(word: string, size: number, width: number, weight: Weight): string[] {
  const pieces: string[] = []
  let piece = ''
  let used = 0
  for (const character of word) {
    const advance = measureText(character, size, weight)
    if (piece !== '' && used + advance > width) {
      pieces.push(piece)
      piece = ''
      used = 0
    }
    piece += character
    used += advance
  }
  pieces.push(piece)
  return pieces
}
