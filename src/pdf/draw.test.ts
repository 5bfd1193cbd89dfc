import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as mupdf from 'mupdf'
import { afterAll, expect, test } from 'vitest'
import { corpusPath } from '../../test/support/corpus.ts'
import { readPdf } from '../../test/support/pdf-reader.ts'
import { makePdf, makeTestFolder, type TestPage, testSheet, textPage } from '../../test/support/pdfs.ts'
import { findColour, isYellow, renderPage } from '../../test/support/pixels.ts'
import { drawMarkedPdf } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'
import type { DrawTask, MarkAnnotation } from './tasks.ts'

const folder = makeTestFolder()
const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })

afterAll(async () => {
  await pool.close()
  folder.remove()
})

const outputPath = join(folder.path, 'marked.pdf')
const draw = (sourcePath: string, annotations: MarkAnnotation[], more: Partial<DrawTask> = {}) =>
  drawMarkedPdf(pool, {
    sourcePath,
    outputPath,
    annotations,
    sheet: testSheet,
    documentId: 'copy-1',
    ...more,
  })

const at = (kind: MarkAnnotation['kind'], x: number, y: number, more: Partial<MarkAnnotation> = {}) =>
  ({ pageIndex: 0, kind, x, y, width: 0, height: 0, ...more }) satisfies MarkAnnotation

/** What a reader can select and copy, page by page. */
function readTexts(path = outputPath): string[] {
  const document = new mupdf.PDFDocument(readFileSync(path))
  const texts = Array.from({ length: document.countPages() }, (_, index) => {
    const page = document.loadPage(index)
    const text = page.toStructuredText('').asText()
    page.destroy()
    return text
  })
  document.destroy()
  return texts
}

const oneLine = (text: string | undefined) => (text ?? '').replace(/\s+/g, ' ')

test('every comment can be read in full on the sheet, with its number, its page and all its signs', async () => {
  const signs = 'Où ça ? Là-bas : naïf, œuvre, ÿ, ∑ ∫ √ ≤ ≥ π ∞ → ✓ ½ x² 𝛼 漢'
  const long = `Début ${'raisonnement à reprendre '.repeat(40)}fin.`
  const path = folder.write('two.pdf', makePdf([textPage('one'), textPage('two')]))
  const result = await draw(path, [
    at('comment', 0.5, 0.5, { pageIndex: 1, text: long }),
    at('comment', 0.2, 0.2, { text: signs, pointsText: '−0,5' }),
  ])
  expect(result).toMatchObject({ pageCount: 3, sheetPageCount: 1 })
  const [first, second, sheet] = readTexts().map(oneLine)
  expect(first).toContain('one')
  expect(first).toContain(signs)
  expect(second).not.toContain('raisonnement')
  expect(sheet).toContain(`1. page 1 (−0,5) ${signs}`)
  expect(sheet).toContain(`2. page 2 ${long}`)
  for (const words of [
    'Épreuve de démonstration',
    'A-0042',
    'Dérivée 3,5 4',
    'Limite – 1',
    'Total 3,5 / 5',
    'Un ensemble sérieux.',
  ])
    expect(sheet).toContain(words)
})

test('no word is lost: shapes with words are numbered too, and words for a page that is not there are listed', async () => {
  const path = folder.write('one.pdf', makePdf([textPage('one')]))
  await draw(path, [
    at('highlight', 0.1, 0.1, { width: 0.2, height: 0.05, text: 'surligné', pointsText: '+1' }),
    at('tick', 0.5, 0.5, { pointsText: '+1,5' }),
    at('comment', 0.5, 0.5, { pageIndex: 8, text: 'page perdue' }),
  ])
  const [page, sheet] = readTexts().map(oneLine)
  expect(page).toContain('+1,5')
  expect(sheet).toContain('1. page 1 (+1) surligné')
  expect(sheet).toContain('2. page 9 page perdue')
})

test('a long sheet goes on over as many pages as it needs and loses no word', async () => {
  const path = folder.write('one.pdf', makePdf([textPage('one')]))
  const rows = Array.from({ length: 70 }, (_, i) => ({
    label: `Question ${i + 1} : ${'énoncé '.repeat(12)}`,
    depth: i % 3,
    pointsText: '1',
    maximumText: '2',
  }))
  const comments = Array.from({ length: 60 }, (_, i) =>
    at('comment', 0.5, i / 60, { text: `Remarque n°${i + 1}.` }),
  )
  const result = await draw(path, comments, {
    sheet: { ...testSheet, rows, generalComment: 'Ligne une.\nLigne deux. '.repeat(30) },
  })
  const texts = readTexts()
  expect(result.sheetPageCount).toBeGreaterThan(3)
  expect(texts.length).toBe(result.sheetPageCount + 1)
  const sheet = oneLine(texts.slice(1).join(' '))
  for (let i = 1; i <= 70; i++) expect(sheet).toContain(`Question ${i} :`)
  for (let i = 1; i <= 60; i++) expect(sheet).toContain(`Remarque n°${i}.`)
  expect(sheet).toContain(`page ${result.sheetPageCount} / ${result.sheetPageCount}`)
})

test('what is said of a question stands below it in full, over as many pages as it needs', async () => {
  const path = folder.write('one.pdf', makePdf([textPage('one')]))
  const remark = (i: number) => `Début ${i} : œuvre ∑ ≤ ½ ${'à revoir '.repeat(200)}fin ${i}.`
  const rows = Array.from({ length: 12 }, (_, i) => ({
    label: `Question ${i + 1}`,
    depth: 0,
    pointsText: '1',
    maximumText: '2',
    ...(i % 2 === 0 ? { remark: remark(i + 1) } : {}),
  }))
  await draw(path, [], { sheet: { ...testSheet, rows } })
  const texts = readTexts().slice(1)
  expect(texts.length).toBeGreaterThan(2)
  const foot = /Numéro d’anonymat A-0042 page \d \/ \d|Question Points Barème /g
  const sheet = oneLine(oneLine(texts.join(' ')).replace(foot, ''))
  for (const i of [1, 3, 5, 7, 9, 11]) {
    expect(sheet).toContain(`Question ${i} 1 2 ${remark(i)} Question ${i + 1} 1 2`)
  }
})

test('the same input gives the same bytes, another document id gives others', async () => {
  const path = folder.write('one.pdf', makePdf([textPage('one')]))
  const marks = [at('comment', 0.3, 0.3, { text: 'Bien ∑' }), at('tick', 0.5, 0.5, { pointsText: '+1,5' })]
  await draw(path, marks)
  const first = readFileSync(outputPath)
  await draw(path, marks)
  expect(readFileSync(outputPath).equals(first)).toBe(true)
  await draw(path, marks, { documentId: 'copy-2' })
  expect(readFileSync(outputPath).equals(first)).toBe(false)
})

test('a copy keeps the pages it is made of, in its own order', async () => {
  const path = folder.write('three.pdf', makePdf([textPage('one'), textPage('two'), textPage('three')]))
  const result = await draw(path, [at('text', 0.1, 0.5, { pageIndex: 1, text: 'Ici' })], {
    pageIndexes: [2, 0],
  })
  expect(result.pageCount).toBe(3)
  const [first, second] = readTexts().map(oneLine)
  expect(first).toContain('three')
  expect(second).toMatch(/one.*Ici/)
})

test('a free text without room on its page becomes a numbered comment', async () => {
  const path = folder.write('one.pdf', makePdf([textPage('one')]))
  const long = 'Un texte trop long pour le bas de la page, qui doit donc être lu ailleurs.'
  await draw(path, [at('text', 0.8, 0.97, { text: long.repeat(4) })])
  const [page, sheet] = readTexts().map(oneLine)
  expect(page).not.toContain('ailleurs')
  expect(sheet).toContain(`1. page 1 ${long}`)
})

test('contents that leave their graphics state in disorder do not move the marks', async () => {
  const disorder: TestPage = { contents: 'q q 3 0 0 3 200 200 cm 0 1 0 rg BT /F1 9 Tf 5 5 Td (deep) Tj' }
  const path = folder.write('disorder.pdf', makePdf([disorder]))
  await draw(path, [at('highlight', 0.25, 0.25, { width: 0.5, height: 0.25 })])
  expect(findYellow(0)).toEqual([0.25, 0.25, 0.5, 0.25].map((fraction) => expect.closeTo(fraction, 2)))
})

/** Where the highlight lies on the upright page, in fractions, measured on pixels at 100 dpi. */
function findYellow(pageIndex: number): [number, number, number, number] {
  const picture = renderPage(readFileSync(outputPath), pageIndex)
  const { width, height } = picture
  const { left, top, right, bottom } = findColour(picture, isYellow) ?? {
    left: 0,
    top: 0,
    right: 0,
    bottom: 0,
  }
  return [left / width, top / height, (right - left) / width, (bottom - top) / height]
}

const boxes = [
  ['whole page', {}],
  ['shifted crop box', { cropBox: [40, 90, 500, 700] }],
  ['shifted media box', { mediaBox: [-300, 200, 295, 1042] }],
] as const satisfies readonly (readonly [string, TestPage])[]

test.each(
  ([0, 90, 180, 270] as const).flatMap((rotate) =>
    boxes.map(([name, page]) => [rotate, name, page] as const),
  ),
)(
  'on a page turned by %i, %s, marks stand where they were put, within two pixels',
  async (rotate, _, page) => {
    const path = folder.write('turned.pdf', makePdf([{ ...textPage('turned'), ...page, rotate } as TestPage]))
    const [x, y, width, height] = [0.1, 0.2, 0.35, 0.15]
    await draw(path, [at('highlight', x, y, { width, height })])
    // Two pixels of the shorter side, which is at least 460 points long.
    const within = 2 / ((460 / 72) * 100)
    findYellow(0).forEach((found, i) => {
      expect(Math.abs(found - ([x, y, width, height][i] ?? 0))).toBeLessThan(within)
    })
  },
)

test('nothing active and nothing private of the source survives, what was visible does', async () => {
  const path = folder.write(
    'active.pdf',
    makePdf([textPage('visible')], (document) => {
      const script = document.addObject({ S: 'JavaScript', JS: document.newString('app.alert(1)') })
      const page = document.findPage(0)
      const root = document.getTrailer().get('Root')
      root.put('OpenAction', script)
      root.put('AA', { WC: script })
      root.put('Names', { JavaScript: { Names: [document.newString('x'), script] } })
      root.put(
        'Metadata',
        document.addStream('<x:xmpmeta>Jeanne</x:xmpmeta>', { Type: 'Metadata', Subtype: 'XML' }),
      )
      const launch = document.addObject({ S: 'Launch', F: document.newString('calc.exe') })
      const submit = document.addObject({ S: 'SubmitForm', F: document.newString('https://example.org/') })
      const outline = document.addObject({ Title: document.newString('Jeanne'), A: launch })
      root.put('Outlines', { Type: 'Outlines', First: outline, Last: outline, Count: 1 })
      root.put('PageLabels', { Nums: [0, { P: document.newString('Jeanne') }] })
      const field = document.addObject({
        ...{ Type: 'Annot', Subtype: 'Widget', FT: 'Tx', T: document.newString('Jeanne') },
        ...{ Rect: [10, 60, 90, 90], A: submit, AA: { K: script } },
      })
      const button = document.addObject({ Type: 'Annot', Subtype: 'Link', Rect: [9, 9, 99, 99], A: launch })
      page.put('Annots', [field, button])
      root.put('AcroForm', { Fields: [field], XFA: document.addStream('<xdp:xdp>Jeanne</xdp:xdp>', {}) })
      document.insertEmbeddedFile(
        'note.txt',
        document.addEmbeddedFile('note.txt', 'text/plain', 'secret', new Date(0), new Date(0)),
      )
      page.put('AA', { O: script })
      page.put('PieceInfo', { Maker: { Private: document.newString('Jeanne') } })
      document.setMetaData('info:Author', 'Jeanne')
      const loaded = document.loadPage(0)
      const note = loaded.createAnnotation('FreeText')
      note.setRect([100, 300, 300, 340])
      note.setContents('old note')
      const link = loaded.createLink([10, 10, 50, 50], 'https://example.org/')
      link.destroy()
      note.destroy()
      loaded.destroy()
    }),
  )
  const planted = ['info', 'form', 'xfa', 'xmp', 'scripts', 'attachments', 'fields', 'outline', 'annotations']
  expect((await readPdf(readFileSync(path))).extras).toEqual(planted)
  await draw(path, [at('tick', 0.5, 0.5)])
  expect(await readPdf(readFileSync(outputPath))).toMatchObject({ complaints: [], extras: [] })
  const document = new mupdf.PDFDocument(readFileSync(outputPath))
  const readable = document.saveToBuffer('decompress,ascii').asString()
  const words = ['JavaScript', 'OpenAction', '/AA', 'AcroForm', 'EmbeddedFile', 'Metadata', 'PieceInfo', 'Launch', 'SubmitForm', 'XFA', 'Outlines', 'PageLabels', 'Widget', 'calc.exe', '/Annots', '/Info', 'Jeanne', 'secret', 'example.org', 'CreationDate'] // biome-ignore format: one list
  expect(words.filter((word) => readable.includes(word))).toEqual([])
  document.destroy()
  const [page] = readTexts()
  expect(page).toContain('visible')
  expect(page).toContain('old note')
})

test('the marks of ten pages add little to the file', async () => {
  const path = folder.write('ten.pdf', makePdf(Array.from({ length: 10 }, () => textPage('page'))))
  const marks = Array.from({ length: 200 }, (_, i) => {
    const kind = (['comment', 'highlight', 'tick', 'text', 'ink'] as const)[i % 5] ?? 'tick'
    const words = kind === 'comment' || kind === 'text' ? { text: 'À revoir ✓ ≤' } : {}
    const strokes = [Array.from({ length: 30 }, (_, j) => ({ x: j / 40, y: (i % 20) / 20 }))]
    const where = { pageIndex: Math.floor(i / 20), width: 0.1, height: 0.02 }
    return at(kind, (i % 7) / 8, (i % 20) / 21, { ...where, ...words, strokes })
  })
  expect((await draw(path, marks)).sizeBytes).toBeLessThan(60 * 1_024)
})

test.runIf(existsSync(corpusPath()))('real scans keep their images untouched under the marks', async () => {
  const source = corpusPath('markus/midterm_scan_102.pdf')
  const result = await draw(source, [at('comment', 0.3, 0.3, { text: 'Vu' })])
  expect(result.pageCount).toBe(7)
  expect(imageStreams(outputPath)).toEqual(imageStreams(source))
})

/** Raw bytes of all images of a file, as sorted base64. */
function imageStreams(path: string): string[] {
  const document = new mupdf.PDFDocument(readFileSync(path))
  const streams: string[] = []
  for (let number = 1; number < document.countObjects(); number++) {
    const object = document.newIndirect(number)
    if (!object.isStream() || object.get('Subtype').asName() !== 'Image') continue
    streams.push(Buffer.from(object.readRawStream().asUint8Array()).toString('base64'))
  }
  document.destroy()
  return streams.toSorted()
}
