import * as mupdf from 'mupdf'
import { type FaceName, fontResourceNames, type Glyph, type GlyphUse, loadFace } from './fonts.ts'

/**
 * Embeds the used glyphs of each face and returns the font resources by name.
 * Subsetting happens in a document of its own: MuPDF would otherwise also rework the fonts of the pupil's pages.
 */
export function embedFonts(target: mupdf.PDFDocument, use: GlyphUse): Record<string, mupdf.PDFObject> {
  const fonts: Record<string, mupdf.PDFObject> = {}
  const workshop = new mupdf.PDFDocument()
  try {
    const faces = [...use].filter(([, glyphs]) => glyphs.size > 0).sort(([a], [b]) => a.localeCompare(b))
    const resources: Record<string, mupdf.PDFObject> = {}
    const contents: string[] = []
    for (const [face, glyphs] of faces) {
      const name = fontResourceNames[face]
      resources[name] = addFont(workshop, face, [...glyphs.values()])
      contents.push(`BT /${name} 1 Tf <${[...glyphs.keys()].map(hex4).join('')}> Tj ET`)
    }
    workshop.insertPage(-1, workshop.addPage([0, 0, 9, 9], 0, { Font: resources }, contents.join('\n')))
    workshop.subsetFonts()
    for (const [name, font] of Object.entries(resources)) fonts[name] = target.graftObject(font)
    return fonts
  } finally {
    workshop.destroy()
  }
}

/** MuPDF writes widths and Unicode for all six thousand glyphs of the face; ours list the used ones. */
function addFont(document: mupdf.PDFDocument, face: FaceName, used: readonly Glyph[]): mupdf.PDFObject {
  const glyphs = used.toSorted((a, b) => a.glyph - b.glyph)
  const font = document.addFont(loadFace(face))
  const widths = document.newArray()
  for (const { glyph, advance } of glyphs) {
    widths.push(glyph)
    const one = document.newArray()
    one.push(advance)
    widths.push(one)
  }
  font.get('DescendantFonts', 0).put('W', widths)
  font.put('ToUnicode', document.addStream(toUnicodeMap(glyphs.filter(({ glyph }) => glyph > 0)), {}))
  return font
}

/** PDF 1.7, 9.10.3: at most 100 entries per block. */
function toUnicodeMap(glyphs: readonly Glyph[]): string {
  const blocks: string[] = []
  for (let start = 0; start < glyphs.length; start += 100) {
    const block = glyphs.slice(start, start + 100)
    const entries = block.map(({ glyph, character }) => `<${hex4(glyph)}> <${utf16Hex(character)}>`)
    blocks.push(`${block.length} beginbfchar\n${entries.join('\n')}\nendbfchar`)
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
${blocks.join('\n')}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
`
}

export function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0')
}

export function utf16Hex(text: string): string {
  return Array.from({ length: text.length }, (_, index) => hex4(text.charCodeAt(index))).join('')
}
