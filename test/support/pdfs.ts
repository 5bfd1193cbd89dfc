import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as mupdf from 'mupdf'
import type { DocumentLimits, PageOutcome, RasterizedPage, ScoreSheet } from '../../src/pdf/tasks.ts'

/** PDFs that the tests of this room make for themselves, and the folder they live in. */

export const testLimits: DocumentLimits = { maxPages: 100, maxBytes: 50_000_000, maxPageMegapixels: 50 }

export type TestFolder = {
  readonly path: string
  write(name: string, bytes: Uint8Array | string): string
  remove(): void
}

export function makeTestFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'paraph-pdf-'))
  return {
    path,
    write: (name, bytes) => {
      writeFileSync(join(path, name), bytes)
      return join(path, name)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export type TestPage = {
  readonly contents?: string
  readonly mediaBox?: mupdf.Rect
  readonly cropBox?: mupdf.Rect
  readonly rotate?: mupdf.Rotate
}

/** `change` may plant anything before the file is written; `options` are those of MuPDF's writer. */
export function makePdf(
  pages: readonly TestPage[],
  change: (document: mupdf.PDFDocument) => void = () => undefined,
  options = '',
): Uint8Array {
  const document = new mupdf.PDFDocument()
  try {
    for (const page of pages) {
      const box = page.mediaBox ?? [0, 0, 595, 842]
      const helvetica = { Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' }
      const added = document.addPage(box, page.rotate ?? 0, { Font: { F1: helvetica } }, page.contents ?? '')
      if (page.cropBox !== undefined) added.put('CropBox', [...page.cropBox])
      document.insertPage(-1, added)
    }
    change(document)
    const buffer = document.saveToBuffer(options)
    const bytes = Uint8Array.from(buffer.asUint8Array())
    buffer.destroy()
    return bytes
  } finally {
    document.destroy()
  }
}

export function textPage(text: string): TestPage {
  return { contents: `BT /F1 24 Tf 72 700 Td (${text}) Tj ET` }
}

/** Ten forms that each draw the next one ten times: minutes of work in two kilobytes. */
export function makeEndlessPdf(): Uint8Array {
  return makePdf([{ contents: '/X Do' }], (document) => {
    let inner = document.addStream('0 0 9 9 re f', {
      Type: 'XObject',
      Subtype: 'Form',
      BBox: [0, 0, 600, 900],
    })
    for (let depth = 0; depth < 10; depth++) {
      inner = document.addStream('/X Do '.repeat(10), {
        Type: 'XObject',
        Subtype: 'Form',
        BBox: [0, 0, 600, 900],
        Resources: { XObject: { X: inner } },
      })
    }
    document.findPage(0).put('Resources', { XObject: { X: inner } })
  })
}

/** The pages that could be read. */
export function succeeded(pages: readonly PageOutcome[]): RasterizedPage[] {
  return pages.filter((page): page is RasterizedPage => !('failed' in page))
}

/** The code of what a promise is rejected with. */
export function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'resolved',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
}

export const testSheet: ScoreSheet = {
  title: 'Épreuve de démonstration',
  anonymousId: 'A-0042',
  labels: {
    anonymousId: 'Numéro d’anonymat',
    question: 'Question',
    points: 'Points',
    maximum: 'Barème',
    total: 'Total',
    comments: 'Commentaires',
    generalComment: 'Appréciation',
    page: 'page',
  },
  rows: [
    { label: 'Exercice 1', depth: 0, pointsText: '3,5', maximumText: '5' },
    { label: 'Dérivée', depth: 1, pointsText: '3,5', maximumText: '4' },
    { label: 'Limite', depth: 1, pointsText: null, maximumText: '1' },
  ],
  totalText: '3,5',
  maximumTotalText: '5',
  generalComment: 'Un ensemble sérieux.',
}
