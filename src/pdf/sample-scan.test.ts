import * as mupdf from 'mupdf'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { makeSampleScan } from './sample-scan.ts'

test('a sample scan is one grey 200 dpi JPEG per A4 page, and nothing to select', async () => {
  const document = new mupdf.PDFDocument(await makeSampleScan({ seed: 5, copies: 2, pagesPerCopy: 2 }))
  expect(document.countPages()).toBe(4)
  for (let index = 0; index < 4; index++) {
    const page = document.loadPage(index)
    expect(page.getBounds().map(Math.round)).toEqual([0, 0, 595, 842])
    expect(page.toStructuredText('').asText().trim()).toBe('')
    const scan = page.getObject().get('Resources', 'XObject', 'Scan')
    const { width, height, format, channels } = await sharp(scan.readRawStream().asUint8Array()).metadata()
    expect({ width, height, format, channels }).toEqual({
      width: 1654,
      height: 2339,
      format: 'jpeg',
      channels: 1,
    })
    page.destroy()
  }
  document.destroy()
})

test('the same seed gives the same bytes, another seed another writing', async () => {
  const make = (seed: number) => makeSampleScan({ seed, copies: 1, pagesPerCopy: 1 })
  const [first, again, other] = [await make(1), await make(1), await make(2)]
  expect(Buffer.from(first).equals(again)).toBe(true)
  expect(Buffer.from(first).equals(other)).toBe(false)
})
