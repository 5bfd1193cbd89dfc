import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readPdf } from '../../test/support/pdf-reader.ts'
import { makePdf, makeTestFolder, type TestPage, testSheet } from '../../test/support/pdfs.ts'
import { findColour, isRed, isYellow, type PixelBox, renderPage } from '../../test/support/pixels.ts'
import { drawMarkedPdf } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'
import type { MarkAnnotation } from './tasks.ts'

const folder = makeTestFolder()
const openPool = () => createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })
const pool = openPool()

afterAll(async () => {
  await pool.close()
  folder.remove()
})

const PIXELS_PER_POINT = 100 / 72
const outputPath = join(folder.path, 'marked.pdf')

async function draw(pages: readonly TestPage[], annotations: readonly MarkAnnotation[], chosen = pool) {
  const sourcePath = folder.write('source.pdf', makePdf(pages))
  const task = { sourcePath, outputPath, annotations, sheet: testSheet, documentId: 'copy-1' }
  const result = await drawMarkedPdf(chosen, task)
  const bytes = readFileSync(outputPath)
  return { ...result, bytes, read: await readPdf(bytes) }
}

const at = (kind: MarkAnnotation['kind'], x: number, y: number, more: Partial<MarkAnnotation> = {}) =>
  ({ pageIndex: 0, kind, x, y, width: 0, height: 0, ...more }) satisfies MarkAnnotation

const FREE_TEXT = 'Où est l’unité ?'
const COMMENT = 'À revoir : ∑ ≤ π'

/** All seven kinds, apart from one another. */
const allKinds = (pageIndex: number): MarkAnnotation[] => [
  at('highlight', 0.08, 0.06, { pageIndex, width: 0.3, height: 0.04 }),
  at('box', 0.55, 0.05, { pageIndex, width: 0.3, height: 0.06 }),
  at('tick', 0.08, 0.2, { pageIndex, width: 0.03, height: 0.02 }),
  at('cross', 0.3, 0.2, { pageIndex, width: 0.03, height: 0.02 }),
  at('ink', 0.5, 0.2, { pageIndex, width: 0.35, height: 0.1, strokes: zigzag }),
  at('text', 0.1, 0.5, { pageIndex, text: FREE_TEXT }),
  at('comment', 0.6, 0.7, { pageIndex, text: COMMENT }),
]
const zigzag = [
  [0.5, 0.6, 0.7, 0.85].map((x, i) => ({ x, y: i % 2 === 0 ? 0.2 : 0.3 })),
  [{ x: 0.55, y: 0.28 }],
]

/** Fractions of its place that a shape leaves free at the left, at the right, and both above and below. */
const spareRoom: Partial<Record<MarkAnnotation['kind'], readonly [number, number, number]>> = {
  tick: [0.08, 0.05, 0.1],
  cross: [0.1, 0.1, 0.1],
}

const pages = ([0, 90, 180, 270] as const).flatMap((rotate): { name: string; page: TestPage }[] => [
  { name: `turned by ${rotate}`, page: { rotate } },
  {
    name: `turned by ${rotate}, with a shifted crop box`,
    page: { rotate, mediaBox: [-20, 30, 600, 880], cropBox: [40, 90, 500, 700] },
  },
])

describe('the seven kinds', () => {
  let marked: Awaited<ReturnType<typeof draw>>
  beforeAll(async () => {
    marked = await draw(
      pages.map(({ page }) => page),
      pages.flatMap((_, pageIndex) => allKinds(pageIndex)),
    )
  })

  test('a second reader opens them without a complaint and finds nothing but pages', () => {
    expect(marked.read.complaints).toEqual([])
    expect(marked.read.extras).toEqual([])
    expect(marked.read.pages).toHaveLength(marked.pageCount)
  })

  test.each(pages.map(({ name }, pageIndex) => [name, pageIndex] as const))(
    'on a page %s, words stand upright where they were put, within two pixels',
    (_, pageIndex) => {
      const page = marked.read.pages[pageIndex]
      const textOf = (text: string) => page?.texts.find((item) => item.text === text)
      const { width = 0, height = 0 } = page ?? {}
      const freeText = textOf(FREE_TEXT)
      expectNear(freeText?.x, 0.1 * width)
      // Its first baseline is one letter's height of 9 points below its top.
      expectNear(freeText?.y, 0.5 * height + 9 * PIXELS_PER_POINT)
      const number = textOf(String(pageIndex + 1))
      expectNear((number?.x ?? 0) + (number?.width ?? 0) / 2, 0.6 * width)
      expectNear(number?.y, 0.7 * height + 2.9 * PIXELS_PER_POINT)
      expect(page?.words).toContain(COMMENT)
      expect(page?.texts.map(({ angle }) => angle)).toEqual(page?.texts.map(() => 0))
    },
  )

  test.each(pages.map(({ name }, pageIndex) => [name, pageIndex] as const))(
    'on a page %s, shapes fill the place that they were given, within two pixels',
    (_, pageIndex) => {
      const picture = renderPage(marked.bytes, pageIndex)
      for (const { kind, x, y, width, height } of allKinds(pageIndex)) {
        if (kind === 'text' || kind === 'comment') continue
        const place: PixelBox = {
          left: x * picture.width,
          top: y * picture.height,
          right: (x + width) * picture.width,
          bottom: (y + height) * picture.height,
        }
        const around = {
          left: place.left - 15,
          top: place.top - 15,
          right: place.right + 15,
          bottom: place.bottom + 15,
        }
        const found = findColour(picture, kind === 'highlight' ? isYellow : isRed, around)
        const free = spareRoom[kind] ?? [0, 0, 0]
        expectNear(found?.left, place.left + free[0] * width * picture.width)
        expectNear(found?.right, place.right - free[1] * width * picture.width)
        expectNear(found?.top, place.top + free[2] * height * picture.height)
        expectNear(found?.bottom, place.bottom - free[2] * height * picture.height)
      }
      const [badgeX, badgeY] = [0.6 * picture.width, 0.7 * picture.height]
      const badge = findColour(picture, isRed, {
        left: badgeX - 11,
        top: badgeY - 11,
        right: badgeX + 11,
        bottom: badgeY + 11,
      })
      expectNear(badge?.left, badgeX - 7 * PIXELS_PER_POINT)
      expectNear(badge?.bottom, badgeY + 7 * PIXELS_PER_POINT)
    },
  )

  test('the same marks give the same bytes, from a child that drew before and from a new one', async () => {
    const fresh = openPool()
    try {
      const again = await draw(
        pages.map(({ page }) => page),
        pages.flatMap((_, pageIndex) => allKinds(pageIndex)),
        fresh,
      )
      expect(again.bytes.equals(marked.bytes)).toBe(true)
    } finally {
      await fresh.close()
    }
  })

  test.skipIf(!isInstalled('qpdf'))('qpdf finds no fault', () => {
    const path = folder.write('checked.pdf', marked.bytes)
    const { status, stdout, stderr } = run('qpdf', '--check', path)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('No syntax or stream encoding errors found')
  })

  test.skipIf(!isInstalled('pdftotext'))('pdftotext reads the words of each page', () => {
    const path = folder.write('read.pdf', marked.bytes)
    for (const pageNumber of pages.map((_, pageIndex) => String(pageIndex + 1))) {
      const range = ['-f', pageNumber, '-l', pageNumber]
      const { stdout, stderr } = run('pdftotext', ...range, path, '-')
      expect(stderr).toBe('')
      expect(stdout).toContain(FREE_TEXT)
      expect(stdout).toContain(COMMENT)
    }
  })
})

function expectNear(found: number | undefined, wanted: number): void {
  expect(Math.abs((found ?? Number.NaN) - wanted)).toBeLessThanOrEqual(2)
}

function run(tool: string, ...options: string[]) {
  return spawnSync(tool, options, { encoding: 'utf8' })
}

function isInstalled(tool: string): boolean {
  return run(tool, '--version').error === undefined
}

test('a stroke that is a single point, or the same one again and again, is a dot that can be seen', async () => {
  const strokes = [[{ x: 0.2, y: 0.2 }], Array.from({ length: 9 }, () => ({ x: 0.6, y: 0.2 }))]
  const { bytes } = await draw([{}], [at('ink', 0.2, 0.2, { strokes })])
  const picture = renderPage(bytes, 0)
  for (const x of [0.2, 0.6]) {
    const [left, top] = [x * picture.width - 4, 0.2 * picture.height - 4]
    const dot = findColour(picture, isRed, { left, top, right: left + 8, bottom: top + 8 })
    expect((dot?.right ?? 0) - (dot?.left ?? 0)).toBeGreaterThan(1)
  }
})

describe('points', () => {
  test('stand beside a shape of any kind, and on the page even at its edges', async () => {
    const strokes = [[0.9, 1].map((x) => ({ x, y: 0.7 }))]
    const { read, bytes } = await draw(
      [{}],
      [
        at('tick', 1, 1, { pointsText: '+1' }),
        at('cross', 0.2, 0, { pointsText: '−2' }),
        at('ink', 0.9, 0.7, { width: 0.1, strokes, pointsText: '+3' }),
        at('highlight', 0, 0.4, { width: 1, height: 0.02, pointsText: '+4' }),
        at('box', 0.1, 0.5, { width: 0.2, height: 0.05, pointsText: '+5' }),
        at('text', 0.1, 0.6, { text: 'Mieux', pointsText: '+6' }),
      ],
    )
    const page = read.pages[0]
    const whereIs = (text: string) => page?.texts.find((item) => item.text === text)
    const { width = 0, height = 0 } = page ?? {}
    for (const text of ['+1', '−2', '+3', '+4', '+5', '(+6) Mieux']) {
      const item = whereIs(text)
      expect(item?.x, text).toBeGreaterThan(0)
      expect((item?.x ?? 0) + (item?.width ?? 0), text).toBeLessThan(width)
      expect(item?.y, text).toBeGreaterThan(0)
      expect(item?.y, text).toBeLessThan(height)
    }
    // Not upon a tick in the corner nor upon ink that reaches the edge: to the left of them.
    expect((whereIs('+3')?.x ?? width) + (whereIs('+3')?.width ?? 0)).toBeLessThan(0.9 * width)
    const corner = { left: width - 17 * PIXELS_PER_POINT, top: height - 30, right: width, bottom: height }
    expect(findColour(renderPage(bytes, 0), isRed, corner)).toBeDefined()
  })
})

describe('words', () => {
  const wordsOf = (i: number) => Array.from({ length: 900 }, (_, word) => `m${i}x${word}`)

  test('a character without a glyph is drawn as a box, and those with one as themselves', async () => {
    const signs = 'é ÿ œ Ç € ∀ ∃ ∈ ∉ ∑ ∫ √ ≠ ≤ ≥ ± × ÷ π Ω ∞ ∂ → ⇒ ⇔ ✓ ✗ ☐ ½ ² ₙ ℝ 𝛼 𝔼'
    const { read, bytes } = await draw(
      [{}],
      [at('text', 0.1, 0.3, { text: signs }), at('text', 0.1, 0.5, { text: '漢' })],
    )
    expect(read.pages[0]?.words).toContain(signs.normalize('NFC'))
    const picture = renderPage(bytes, 0)
    const [left, top] = [0.1 * picture.width, 0.5 * picture.height]
    const box = findColour(picture, isRed, { left, top: top - 2, right: left + 30, bottom: top + 20 })
    expect((box?.right ?? 0) - (box?.left ?? 0)).toBeGreaterThan(4)
    expect((box?.bottom ?? 0) - (box?.top ?? 0)).toBeGreaterThan(7)
    // It is hollow, as the box of a missing glyph is.
    const middle = [(box?.left ?? 0) + (box?.right ?? 0), (box?.top ?? 0) + (box?.bottom ?? 0)].map((sum) =>
      Math.floor(sum / 2),
    )
    const [x = 0, y = 0] = middle
    const inside = { left: x, top: y, right: x + 1, bottom: y + 1 }
    expect(findColour(picture, isRed, inside)).toBeUndefined()
  })

  test.each([
    ['prose', (i: number) => wordsOf(i).join(' ')],
    ['one endless word', (i: number) => wordsOf(i).join('')],
    ['many lines', (i: number) => wordsOf(i).join('\n')],
  ])('comments of 4,000 characters are numbered and in full on the sheet: %s', async (_, write) => {
    const texts = [1, 2, 3].map((i) => write(i).slice(0, 4_000).padEnd(4_000, 'z'))
    const { read, sheetPageCount } = await draw(
      [{}],
      texts.map((text, i) => at('comment', 0.2 + i * 0.2, 0.2 + i * 0.2, { text })),
    )
    expect(sheetPageCount).toBeGreaterThan(2)
    const [page, ...sheets] = read.pages
    expect(page?.words).toBe('1 2 3')
    const tight = (text: string) => text.replace(/\s+/g, '')
    const sheet = sheets
      .flatMap(({ texts, height }) => texts.filter(({ y }) => y < 0.94 * height))
      .map(({ text }) => tight(text))
      .join('')
    for (const [index, text] of texts.entries()) expect(sheet).toContain(`${index + 1}.page1${tight(text)}`)
  })

  test('a free text that would run over the edge is numbered and read on the sheet instead', async () => {
    const { read } = await draw([{}], [at('text', 0.995, 0.5, { text: 'Bien vu' })])
    const { width = 0, texts = [] } = read.pages[0] ?? {}
    expect(texts.map(({ text }) => text)).toEqual(['Bien vu', '1'])
    expect(Math.max(...texts.map((item) => item.x + item.width))).toBeLessThan(width)
    expect(read.pages[1]?.words).toContain('1. page 1 Bien vu')
  })
})
