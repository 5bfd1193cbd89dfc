import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { corpusPath } from '../../test/support/corpus.ts'
import { codeOf, makePdf, makeTestFolder, testLimits, textPage } from '../../test/support/pdfs.ts'
import { inspectPdf } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'

const folder = makeTestFolder()
const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })
const inspect = (path: string, limits = testLimits) => inspectPdf(pool, { path, limits })

afterAll(async () => {
  await pool.close()
  folder.remove()
})

const a4 = makePdf([textPage('one'), textPage('two'), textPage('three')])

test.each([
  ['an empty file', new Uint8Array(), 'not-a-pdf'],
  ['a text file', Buffer.from('Bonjour'), 'not-a-pdf'],
  ['a file whose mark comes too late', Buffer.concat([Buffer.alloc(2_000, 32), a4]), 'not-a-pdf'],
  ['a mark and nothing else', Buffer.from('%PDF-1.7\n'), 'corrupt'],
  ['the first bytes of a PDF', a4.subarray(0, 60), 'corrupt'],
  ['a PDF without pages', makePdf([]), 'no-pages'],
  [
    'a PDF with a password',
    makePdf([textPage('x')], undefined, 'encrypt=aes-256,user-password=secret'),
    'encrypted',
  ],
  ['a page as large as a field', makePdf([{ mediaBox: [0, 0, 14_000, 14_000] }]), 'page-too-large'],
])('%s is refused with its code', async (_, bytes, code) => {
  expect(await codeOf(inspect(folder.write('refused.pdf', bytes)))).toBe(code)
})

test('limits on pages and bytes are kept', async () => {
  const path = folder.write('three.pdf', a4)
  expect(await codeOf(inspect(path, { ...testLimits, maxPages: 2 }))).toBe('too-many-pages')
  expect(await codeOf(inspect(path, { ...testLimits, maxBytes: a4.length - 1 }))).toBe('too-large')
  expect((await inspect(path, { ...testLimits, maxPages: 3, maxBytes: a4.length })).pageCount).toBe(3)
})

test('a refusal says the code and the page, and not one word of the document', async () => {
  const path = folder.write(
    'giant.pdf',
    makePdf([{ mediaBox: [0, 0, 14_000, 14_000], ...textPage('Jeanne') }]),
  )
  await expect(inspect(path)).rejects.toMatchObject({
    name: 'AppError',
    message: 'page-too-large',
    logContext: { 'page.index': 0 },
    retryable: false,
  })
})

test('pages are measured upright, within their crop box', async () => {
  const path = folder.write(
    'turned.pdf',
    makePdf([{ rotate: 90, mediaBox: [0, 0, 600, 800], cropBox: [100, 100, 500, 700] }, textPage('x')]),
  )
  expect(await inspect(path)).toEqual({
    pageCount: 2,
    repaired: false,
    pages: [
      { widthPoints: 600, heightPoints: 400, rotation: 90 },
      { widthPoints: 595, heightPoints: 842, rotation: 0 },
    ],
  })
})

test('a file whose index is lost opens and says that it was repaired', async () => {
  const path = folder.write('repaired.pdf', a4.subarray(0, a4.length - 40))
  expect(await inspect(path)).toMatchObject({ pageCount: 3, repaired: true })
})

test.runIf(existsSync(corpusPath()))('real scans have the pages they should', async () => {
  const expected = [
    ['markus/midterm_scan_100.pdf', 6],
    ['markus/midterm_scan_103.pdf', 6],
    ['markus/midterm_scan_102.pdf', 6],
    ['markus/midterm1-v2-test.pdf', 6],
    ['submitty/01_qr_six_6page_colorscan.pdf', 36],
    ['submitty/01_qr_six_6page_scan.pdf', 36],
    ['correctexam/demo1Copies_masked.pdf', 3],
    ['correctexam/demo1Template.pdf', 1],
  ] as const
  for (const [name, pageCount] of expected)
    expect(await inspect(corpusPath(name)), name).toMatchObject({ pageCount })
  expect(await codeOf(inspect(corpusPath('markus/docx_renamed_to_pdf.pdf')))).toBe('not-a-pdf')
  const half = readFileSync(corpusPath('markus/midterm_scan_100.pdf')).subarray(0, 1_500)
  expect(await codeOf(inspect(folder.write('half.pdf', half)))).toBe('corrupt')
})

test('a file that breaks off within an object is refused, although its index can be rebuilt', async () => {
  const whole = Buffer.from(makePdf([textPage('one'), textPage('two')]))
  for (const end of [whole.indexOf('endstream'), whole.lastIndexOf('endobj')]) {
    expect(await codeOf(inspect(folder.write('torn.pdf', whole.subarray(0, end))))).toBe('corrupt')
  }
})
