import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  awaitGrading,
  eventsOf,
  lockAndScore,
  makeExam,
  makeReadyCopy,
  type Staff,
} from '../support/builders.ts'
import type { Answer } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { readPdf } from '../support/pdf-reader.ts'
import { findColour, isRed, isYellow, renderPage } from '../support/pixels.ts'

const zigzag = [
  [
    { x: 0.2, y: 0.6 },
    { x: 0.3, y: 0.65 },
    { x: 0.4, y: 0.6 },
  ],
  [{ x: 0.45, y: 0.65 }],
]

/** One of each, with what the answer must say besides. */
const KINDS = [
  { body: { kind: 'comment', x: 0.6, y: 0.1, text: 'Soit ε > 0.', points: -0.25 } },
  { body: { kind: 'text', x: 0.6, y: 0.2, width: 0.3, text: 'Où est l’unité ?' } },
  { body: { kind: 'highlight', x: 0.6, y: 0.3, width: 0.3, height: 0.05 } },
  { body: { kind: 'box', x: 0.6, y: 0.4, width: 0.3, height: 0.05, points: 1.5 } },
  { body: { kind: 'tick', x: 0.6, y: 0.5, points: 1_000 } },
  { body: { kind: 'cross', x: 0.7, y: 0.5, width: 0.03, height: 0.02 } },
  {
    body: { kind: 'ink', strokes: zigzag, points: 0.75 },
    box: { x: 0.2, y: 0.6, width: 0.25, height: 0.05 },
  },
] as const

describe('the seven kinds of annotation', () => {
  let app: TestApp
  let staff: Staff
  let path: string
  let lockToken: string
  const annotate = (body: unknown) => staff.marker.post(`${path}/annotations`, { body, lockToken })
  const change = (made: Answer['body'], body: object) =>
    staff.marker.call('PATCH', `${path}/annotations/${made.id}`, { body, lockToken, version: made.version })

  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    path = await makeReadyCopy(staff)
    lockToken = (await staff.marker.post(`${path}/lock`)).body.token
  })
  afterAll(() => app?.close())

  it.each(KINDS.map((made) => [made.body.kind, made] as const))(
    '%s: it is laid, listed, changed and removed, each with its event',
    async (kind, { body, ...rest }) => {
      const made = await annotate({ ...body, pageNumber: 1 })
      const box = { x: 0, y: 0, width: 0, height: 0, ...body, ...('box' in rest ? rest.box : {}) }
      expect(made).toMatchObject({ status: 201, body: { kind, pageNumber: 1, version: 1 } })
      for (const name of ['x', 'y', 'width', 'height'] as const)
        expect(made.body[name]).toBeCloseTo(box[name], 12)
      expect(made.body).toMatchObject({ text: null, strokes: null, points: null, ...body })
      const { annotations } = (await staff.marker.get(`${path}/annotations`)).body
      expect(annotations).toContainEqual(made.body)
      const changed = await change(made.body, { points: 2 })
      expect(changed.body).toMatchObject({
        ...made.body,
        points: 2,
        version: 2,
        updatedAt: expect.any(String),
      })
      const url = `${path}/annotations/${made.body.id}`
      expect((await staff.marker.call('DELETE', url, { lockToken, version: 2 })).status).toBe(204)
      const events = (await eventsOf(staff.admin, path)).slice(-3)
      expect(events.map(({ action, metadata }) => [action, metadata])).toEqual([
        ['CREATE_ANN', { annotation_id: made.body.id, page: 1, kind }],
        ['UPDATE_ANN', { annotation_id: made.body.id, page: 1, version: 2, fields: ['points'] }],
        ['DELETE_ANN', { annotation_id: made.body.id, page: 1, version: 2 }],
      ])
    },
  )

  it('ink that is drawn anew gets the box of its new strokes', async () => {
    const made = (await annotate({ pageNumber: 1, kind: 'ink', strokes: zigzag })).body
    const strokes = [[{ x: 0, y: 1 }, { x: 1, y: 0.5 }]] // biome-ignore format: one stroke
    const changed = await change(made, { strokes })
    expect(changed.body).toMatchObject({ strokes, x: 0, y: 0.5, width: 1, height: 0.5, version: 2 })
    expect((await eventsOf(staff.admin, path)).at(-1).metadata.fields).toEqual(['strokes'])
    await staff.marker.call('DELETE', `${path}/annotations/${made.id}`, { lockToken, version: 2 })
  })

  it('the extremes are taken: whole pages, the finest numbers, the longest text and stroke', async () => {
    const point = { x: 5e-324, y: 1 }
    const bodies = [
      { kind: 'box', x: 0, y: 0, width: 1, height: 1, points: -1_000 },
      { kind: 'tick', x: 1, y: 1 },
      { kind: 'text', x: 5e-324, y: 0, text: '𝛼'.repeat(2_000) },
      { kind: 'ink', strokes: [Array.from({ length: 2_000 }, () => point)] },
      { kind: 'ink', strokes: Array.from({ length: 200 }, () => [point, point]) },
    ]
    for (const body of bodies) {
      const made = await annotate({ ...body, pageNumber: 2 })
      expect(made, body.kind).toMatchObject({ status: 201, body })
      await staff.marker.call('DELETE', `${path}/annotations/${made.body.id}`, { lockToken, version: 1 })
    }
  })

  const tick = { pageNumber: 1, kind: 'tick', x: 0.1, y: 0.1 }
  const box = { ...tick, kind: 'box', width: 0.1, height: 0.1 }
  const text = { ...tick, kind: 'text', text: 'a' }
  const ink = { pageNumber: 1, kind: 'ink', strokes: zigzag }
  const pen = (...points: object[]) => ({ ...ink, strokes: [points] })
  const many = (length: number) => Array.from({ length }, () => ({ x: 0, y: 0 }))

  it.each([
    ['a page that the copy does not have', { ...tick, pageNumber: 3 }, 422, 'body.pageNumber'],
    ['a page 0', { ...tick, pageNumber: 0 }, 400, 'body.pageNumber'],
    ['half a page', { ...tick, pageNumber: 1.5 }, 400, 'body.pageNumber'],
    ['an unknown kind', { ...tick, kind: 'stamp' }, 400, 'body.kind'],
    ['no kind', { ...tick, kind: undefined }, 400, 'body.kind'],
    ['an unknown member', { ...tick, author: 'x' }, 400, 'body'],
    ['a position off the page', { ...tick, x: 1.5 }, 400, 'body.x'],
    ['a position before the page', { ...tick, y: -1e-9 }, 400, 'body.y'],
    ['a position that is no number', { ...tick, x: '0.1' }, 400, 'body.x'],
    ['a position that is missing', { ...tick, y: undefined }, 400, 'body.y'],
    ['a box over the right edge', { ...box, x: 0.9, width: 0.2 }, 422, 'body.width'],
    ['a box over the lower edge', { ...box, y: 0.9, height: 0.2 }, 422, 'body.height'],
    ['a negative size', { ...box, width: -0.1 }, 400, 'body.width'],
    ['a box without an area', { ...box, height: 0 }, 400, 'body.height'],
    ['a highlight without a size', { ...tick, kind: 'highlight' }, 400, 'body.width'],
    ['a comment without a text', { ...tick, kind: 'comment' }, 400, 'body.text'],
    ['a text of spaces', { ...text, text: ' \n' }, 400, 'body.text'],
    ['a text that is too long', { ...text, text: 'x'.repeat(4_001) }, 400, 'body.text'],
    ['a text with a NUL character', { ...text, text: 'a\u0000' }, 400, 'body.text'],
    ['a text with half a surrogate pair', { ...text, text: 'a\ud835b' }, 400, 'body.text'],
    ['a tick with a text', { ...tick, text: 'non' }, 400, 'body'],
    ['a box with strokes', { ...box, strokes: zigzag }, 400, 'body'],
    ['ink with a place of its own', { ...ink, x: 0, y: 0 }, 400, 'body'],
    ['ink without strokes', { ...ink, strokes: undefined }, 400, 'body.strokes'],
    ['ink of no stroke', { ...ink, strokes: [] }, 400, 'body.strokes'],
    ['ink of too many strokes', { ...ink, strokes: many(201).map((p) => [p]) }, 400, 'body.strokes'],
    ['a stroke of no point', { ...ink, strokes: [[]] }, 400, 'body.strokes.0'],
    ['a stroke of too many points', { ...ink, strokes: [many(2_001)] }, 400, 'body.strokes.0'],
    ['a point off the page', pen({ x: 0, y: 0 }, { x: 1.01, y: 0 }), 400, 'body.strokes.0.1.x'],
    ['a point without a y', pen({ x: 0 }), 400, 'body.strokes.0.0.y'],
    [
      'a point with more pressure than a pen can tell',
      pen({ x: 0, y: 0, pressure: 1.1 }),
      400,
      'body.strokes.0.0.pressure',
    ],
    ['a point with a time', pen({ x: 0, y: 0, time: 1 }), 400, 'body.strokes.0.0'],
    ['points off the step', { ...tick, points: 0.1 }, 400, 'body.points'],
    ['points finer than a quarter', { ...tick, points: 1.125 }, 400, 'body.points'],
    ['too many points', { ...tick, points: 1_000.25 }, 400, 'body.points'],
    ['too few points', { ...tick, points: -1_000.25 }, 400, 'body.points'],
    ['points in words', { ...tick, points: '1' }, 400, 'body.points'],
    ['an id that is none', { ...tick, id: 'mine' }, 400, 'body.id'],
    ['a list', [tick], 400, 'body'],
  ])('refuses %s, and says where', async (_, body, status, field) => {
    const refused = await annotate(body)
    expect(refused.status).toBe(status)
    expect(refused.body.code).toBe(status === 422 ? 'invalid-annotation' : 'invalid-request')
    expect(refused.body.fields.map((found: { path: string }) => found.path)).toContain(field)
  })

  it.each(['1e999', '-1e999', 'NaN'])('refuses a position of %s, which is not finite', async (x) => {
    const refused = await annotate(JSON.stringify(tick).replace('0.1', x))
    expect(refused.status).toBe(400)
    expect(['invalid-request', 'malformed-body']).toContain(refused.body.code)
  })

  it.each([
    ['the text of a tick', { pageNumber: 1, kind: 'tick', x: 0, y: 0 }, { text: 'non' }, 'body.text'],
    ['the strokes of a text', text, { strokes: zigzag }, 'body.strokes'],
    ['the place of ink', ink, { x: 0.5 }, 'body.x'],
    ['the text of ink', ink, { text: 'non' }, 'body.text'],
    ['a box to no area', box, { width: 0 }, 'body.width'],
    ['a box over the edge', box, { x: 0.95 }, 'body.width'],
  ])('refuses to change %s', async (_, body, wanted, field) => {
    const made = (await annotate(body)).body
    const refused = await change(made, wanted)
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid-annotation' } })
    expect(refused.body.fields).toMatchObject([{ path: field }])
    const url = `${path}/annotations/${made.id}`
    expect((await staff.marker.call('DELETE', url, { lockToken, version: 1 })).status).toBe(204)
  })

  it('an id that another copy uses is refused, also when both come at once', async () => {
    const other = await makeReadyCopy(staff)
    const otherToken = (await staff.marker.post(`${other}/lock`)).body.token
    const body = { ...tick, id: newId() }
    const answers = await Promise.all([
      annotate(body),
      staff.marker.post(`${other}/annotations`, { body, lockToken: otherToken }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422])
    const { annotations } = (await staff.marker.get(`${path}/annotations`)).body
    for (const { id } of annotations)
      await staff.marker.call('DELETE', `${path}/annotations/${id}`, { lockToken, version: 1 })
  })

  it.each([
    ['a comment without its text', `'comment', null, null`],
    ['a text without its text', `'text', null, null`],
    ['a tick with a text', `'tick', 'non', null`],
    ['ink without strokes', `'ink', null, null`],
    ['ink of no stroke', `'ink', null, '[]'`],
    ['ink that is no list', `'ink', null, '{}'`],
    ['a box with strokes', `'box', null, '[[{"x":0,"y":0}]]'`],
    ['an unknown kind', `'stamp', null, null`],
  ])('the database refuses %s', async (_, values) => {
    const statement = `
      insert into annotation (id, copy_id, copy_version, page_index, x, y, width, height, created_by, kind, text, strokes)
      values ('${newId()}', '${path.split('/').at(-1)}', 1, 0, 0, 0, 0, 0, '${staff.marker.accountId}', ${values})`
    await expect(runAs(app.database.url, statement)).rejects.toMatchObject({ code: '23514' })
  })

  it('no text of any room may hold what the database cannot', async () => {
    const nul = 'a\u0000b'
    const item = { label: nul, maxPoints: 1 }
    const account = { email: 'a@test.invalid', name: nul, role: 'marker', password: 'long enough for a test' }
    const requests = [
      ['/api/exams', { title: nul }, 'body.title'],
      ['/api/exams', { title: 'a', rubric: { items: [item] } }, 'body.rubric.items.0.label'],
      [`${path}/reopen`, { reason: 'other', note: nul }, 'body.note'],
      ['/api/accounts', account, 'body.name'],
      ['/api/accounts', { ...account, name: 'a', email: nul }, 'body.email'],
      ['/api/auth/sign-in/email', { email: nul, password: 'x' }, 'body.email'],
    ] as const
    for (const [url, body, field] of requests) {
      const refused = await staff.admin.post(url, { body })
      expect(refused.body, url).toMatchObject({ status: 400, code: 'invalid-request' })
      expect(refused.body.fields).toMatchObject([{ path: field }])
    }
  })

  it('each reaches the marked PDF, and the one of the reopened copy too', async () => {
    const copy = await makeReadyCopy(staff)
    const token = await lockAndScore(staff.marker, copy)
    for (const { body } of KINDS)
      await staff.marker.post(`${copy}/annotations`, { body: { ...body, pageNumber: 1 }, lockToken: token })
    const before = (await staff.marker.get(`${copy}/annotations`)).body.annotations
    await finalize(copy, token)
    await assertDrawn((await staff.admin.get(`${copy}/marked`)).bytes)

    await staff.admin.post(`${copy}/reopen`, { body: { reason: 'appeal' } })
    const after = (await staff.marker.get(`${copy}/annotations`)).body.annotations
    const withoutId = ({ id: _, updatedAt: __, ...rest }: Answer['body']) => rest
    expect(after.map(withoutId)).toEqual(before.map(withoutId))
    const again = (await staff.marker.post(`${copy}/lock`)).body.token
    const old = `${copy}/annotations/${before[0].id}`
    const refused = await staff.marker.call('DELETE', old, { lockToken: again, version: 1 })
    expect(refused.status, 'what was graded stays as it is').toBe(404)
    await finalize(copy, again)
    await assertDrawn((await staff.admin.get(`${copy}/marked`)).bytes)
  })

  async function finalize(copy: string, token: string): Promise<void> {
    await staff.marker.post(`${copy}/finalize`, { lockToken: token })
    expect(await awaitGrading(staff.marker, copy)).toMatchObject({ status: 'GRADED' })
  }
})

/** Words through a second reader, shapes as pixels; the scan itself is grey. */
async function assertDrawn(bytes: Buffer): Promise<void> {
  const { pages, complaints, extras } = await readPdf(bytes)
  expect({ complaints, extras }).toEqual({ complaints: [], extras: [] })
  for (const words of ['Soit ε > 0.', 'Où est l’unité ?', '+1,5', '+1 000', '+0,75'])
    expect(pages[0]?.words).toContain(words)
  expect(pages[2]?.words).toContain('1. page 1 (-0,25) Soit ε > 0.')
  const picture = renderPage(bytes, 0)
  const colourIn = (left: number, top: number, right: number, bottom: number, colour = isRed) =>
    findColour(picture, colour, {
      left: left * picture.width - 3,
      top: top * picture.height - 3,
      right: right * picture.width + 3,
      bottom: bottom * picture.height + 3,
    })
  const highlight = colourIn(0.6, 0.3, 0.9, 0.35, isYellow)
  const box = colourIn(0.6, 0.4, 0.9, 0.45)
  for (const shape of [highlight, box])
    expect((shape?.right ?? 0) - (shape?.left ?? 0)).toBeGreaterThan(0.29 * picture.width)
  const tick = colourIn(0.6, 0.5, 0.62, 0.51)
  const cross = colourIn(0.7, 0.5, 0.73, 0.52)
  for (const shape of [tick, cross])
    expect((shape?.right ?? 0) - (shape?.left ?? 0)).toBeGreaterThan(0.015 * picture.width)
  const ink = colourIn(0.2, 0.6, 0.4, 0.65)
  expect((ink?.right ?? 0) - (ink?.left ?? 0)).toBeGreaterThan(0.19 * picture.width)
  expect(colourIn(0.45, 0.65, 0.45, 0.65)).toBeDefined()
}
