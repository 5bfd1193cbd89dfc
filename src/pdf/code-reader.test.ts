import sharp from 'sharp'
import { expect, test } from 'vitest'
import { drawCode } from '../../test/support/coded-scans.ts'
import { parsePattern } from './code-pattern.ts'
import { createCodeReader } from './code-reader.ts'
import type { Raster } from './raster.ts'

const [width, height] = [1240, 1754]
const [inTheMiddle, topRight, bottomLeft] = [[540, 800], [1060, 40], [40, 1580]] as const // biome-ignore format: one each

type Printed = { readonly payload: string; readonly at: readonly [left: number, top: number] }

async function drawPage(codes: readonly Printed[], streaks = 0): Promise<Raster> {
  const streak = (index: number) => `<rect x="${6 + index * 7}" width="2" height="130" fill="#fff"/>`
  const lines = Array.from({ length: streaks }, (_, index) => streak(index)).join('')
  const pictures = codes.map(async ({ payload, at: [left, top] }) => {
    const code = sharp(await drawCode(payload)).resize(130, 130)
    const input = Buffer.from(`<svg width="130" height="130">${lines}</svg>`)
    return { input: await code.composite([{ input }]).png().toBuffer(), left, top }
  })
  const paper = sharp({ create: { width, height, channels: 3, background: '#fff' } })
  const page = await paper
    .composite(await Promise.all(pictures))
    .png()
    .toBuffer()
  const { data } = await sharp(page).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  return { data, width, height, channels: 1 }
}

function openReader(template = 'demo-{copy}-{page}') {
  const pattern = parsePattern(template)
  if (pattern === undefined) throw new Error('no pattern')
  return createCodeReader(pattern)
}

const found = (copy: string, page: number) => ({ code: { copy, page }, turn: 0, isForeign: false })

test('a code is found anywhere, and pages after it may have theirs elsewhere, or none', async () => {
  const reader = openReader()
  const places = [inTheMiddle, topRight, inTheMiddle, bottomLeft, topRight]
  for (const [index, at] of places.entries()) {
    const page = await drawPage([{ payload: `demo-A7-${index + 1}`, at }])
    expect(await reader.read(page)).toEqual(found('A7', index + 1))
  }
  expect(await reader.read(await drawPage([]))).toMatchObject({ code: undefined, isForeign: false })
})

test('a code with streaks through it is found where that of the page before was, also upside down', async () => {
  const reader = openReader()
  await reader.read(await drawPage([{ payload: 'demo-A7-1', at: topRight }]))
  for (const at of [topRight, bottomLeft]) {
    const page = await drawPage([{ payload: 'demo-A7-2', at }], 18)
    expect([at, (await reader.read(page)).code]).toEqual([at, { copy: 'A7', page: 2 }])
  }
})

test('a foreign code where ours was before is passed over for ours elsewhere, and told where there is none', async () => {
  const reader = openReader()
  const [ours, foreign] = ['demo-A7-1', 'https://publisher.invalid/42']
  expect((await reader.read(await drawPage([{ payload: ours, at: topRight }]))).code).toBeDefined()
  const both = [
    { payload: foreign, at: topRight },
    { payload: ours, at: inTheMiddle },
  ]
  expect(await reader.read(await drawPage(both))).toEqual(found('A7', 1))
  for (const at of [topRight, inTheMiddle]) {
    const page = await drawPage([{ payload: foreign, at }])
    expect(await reader.read(page)).toMatchObject({ code: undefined, isForeign: true })
  }
})

test('two codes of the pattern that differ are none, whatever was known before', async () => {
  const reader = openReader()
  const pair = [
    { payload: 'demo-A7-1', at: [480, 800] },
    { payload: 'demo-B8-1', at: [660, 800] },
  ] as const
  const differing = await drawPage(pair)
  for (const before of [undefined, topRight, inTheMiddle]) {
    if (before !== undefined) await reader.read(await drawPage([{ payload: 'demo-C9-1', at: before }]))
    expect(await reader.read(differing)).toMatchObject({ code: undefined, turn: 0 })
  }
})
