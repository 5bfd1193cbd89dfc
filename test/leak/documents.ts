import type * as mupdf from 'mupdf'
import { makeEndlessPdf, makePdf, textPage } from '../support/pdfs.ts'
import type { Canary } from './canaries.ts'

/** A PDF that can be read and that speaks wherever a PDF can: its metadata, its texts, its annotations, its files. */
export function makeSpeakingPdf(canary: Canary): Buffer {
  const marker = canary.text('document')
  const page = textPage(`(${canary.ascii('document')})`)
  const bytes = makePdf([page, page], (document) => {
    const text = (value: string) => document.newString(value)
    const trailer = document.getTrailer()
    const info = { Title: text(marker), Author: text(marker), Keywords: text(marker), [marker]: text(marker) }
    trailer.put('Info', document.addObject(info))
    const root = trailer.get('Root')
    const xmp = `<?xpacket begin=""?><x:xmpmeta><dc:creator>${marker}</dc:creator></x:xmpmeta>`
    root.put('Metadata', document.addStream(xmp, { Type: 'Metadata', Subtype: 'XML' }))
    root.put('Outlines', document.addObject({ Type: 'Outlines', Count: 1, First: { Title: text(marker) } }))
    root.put('OpenAction', { S: 'JavaScript', JS: text(`app.alert("${marker}")`) })
    root.put('PageLabels', { Nums: [0, { P: text(marker) }] })
    addAnnotations(document, marker)
    const file = { filename: `${marker}.txt`, mimetype: 'text/plain' }
    const embedded = document.addEmbeddedFile(file.filename, file.mimetype, marker, new Date(0), new Date(0))
    document.insertEmbeddedFile(`${marker}.txt`, embedded)
  })
  return Buffer.from(bytes)
}

function addAnnotations(document: mupdf.PDFDocument, marker: string): void {
  const text = (value: string) => document.newString(value)
  const rectangle = [10, 10, 200, 40]
  const note = {
    Type: 'Annot',
    Subtype: 'FreeText',
    Rect: rectangle,
    Contents: text(marker),
    T: text(marker),
  }
  const field = {
    Type: 'Annot',
    Subtype: 'Widget',
    FT: 'Tx',
    Rect: rectangle,
    T: text(marker),
    V: text(marker),
  }
  const uri = { S: 'URI', URI: text(`https://a.invalid/${marker}`) }
  const link = { Type: 'Annot', Subtype: 'Link', Rect: rectangle, A: uri }
  const annotations = [note, field, link].map((annotation) => document.addObject(annotation))
  document.findPage(0).put('Annots', annotations)
  document
    .getTrailer()
    .get('Root')
    .put('AcroForm', { Fields: annotations.slice(1, 2) })
}

/** A PDF whose content, font and image cannot be understood; what reads it complains of them by their names. */
function makeGarbledPdf(canary: Canary): Buffer {
  const word = canary.word('document')
  const contents = `/${word} ${word} BT /${word} 12 Tf (${canary.ascii('document')} Tj /${word} Do /${word} gs ${word} sh`
  const bytes = makePdf([{ contents }], (document) => {
    const font = { Type: 'Font', Subtype: word, BaseFont: word, Encoding: word }
    const image = { Type: 'XObject', Subtype: 'Image', Width: 9, Height: 9, Filter: word, ColorSpace: word }
    const resources = { Font: { [word]: font }, XObject: { [word]: document.addRawStream(word, image) } }
    document.findPage(0).put('Resources', resources)
  })
  return Buffer.from(bytes)
}

/** Documents that cannot be read, or not to their end, with the code of their import. */
export const POISONS: readonly (readonly [
  name: string,
  code: string,
  make: (canary: Canary) => Uint8Array,
])[] = [
  [
    'a PDF that ends in the middle',
    'corrupt',
    (canary) =>
      Buffer.concat([
        Buffer.from(`%PDF-1.7\n% ${canary.text('document')}\n`),
        makeSpeakingPdf(canary).subarray(9, 200),
      ]),
  ],
  [
    'a PDF whose objects cannot be read',
    'corrupt',
    (canary) =>
      Buffer.from(
        makeSpeakingPdf(canary)
          .toString('latin1')
          .replaceAll('/Kids', `/${canary.word('document')}`),
        'latin1',
      ),
  ],
  [
    'a PDF that is a header and a text',
    'corrupt',
    (canary) => Buffer.from(`%PDF-1.7\n${canary.text('document')}\n`),
  ],
  [
    'a PDF behind a password',
    'encrypted',
    (canary) =>
      makePdf(
        [textPage(canary.ascii('document'))],
        undefined,
        `encrypt=aes-256,user-password=${canary.ascii('document')}`,
      ),
  ],
  [
    'a PDF without pages',
    'no-pages',
    (canary) =>
      makePdf([], (document) => {
        document
          .getTrailer()
          .put('Info', document.addObject({ Title: document.newString(canary.text('document')) }))
      }),
  ],
  [
    'a page that is too large',
    'page-too-large',
    (canary) => makePdf([{ ...textPage(canary.ascii('document')), mediaBox: [0, 0, 90_000, 90_000] }]),
  ],
  [
    'a PDF without an end, which the clock ends',
    'timeout',
    (canary) => Buffer.concat([makeEndlessPdf(), Buffer.from(`\n% ${canary.text('document')}\n`)]),
  ],
]

export const HARMLESS: readonly (readonly [name: string, make: (canary: Canary) => Uint8Array])[] = [
  ['a PDF that speaks in all its parts', makeSpeakingPdf],
  ['a PDF that its reader complains of', makeGarbledPdf],
]
