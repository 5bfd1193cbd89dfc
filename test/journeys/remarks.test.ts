import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  awaitGrading,
  eventsOf,
  lockAndScore,
  makeExam,
  makeReadyCopy,
  RUBRIC,
  type Staff,
} from '../support/builders.ts'
import type { Answer, Request } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { readPdf } from '../support/pdf-reader.ts'

const REMARK = 'Où est l’unité ?\nSoit ε ≤ ½ : à justifier.'
const COMMENT = 'Travail sérieux, à poursuivre.'
const oneLine = (text: string) => text.replace(/\s+/g, ' ')

type Item = { readonly itemId: string; readonly label: string; readonly remark: Remark }
type Remark = { readonly text: string | null; readonly version: number }

/** Where the remark of a question is, or without one that of the whole copy. */
const placeOf = (path: string, itemId?: string) =>
  itemId === undefined ? `${path}/comment` : `${path}/remarks/${itemId}`

describe('remarks on a copy', () => {
  let app: TestApp
  let staff: Staff
  let path: string
  let lockToken: string
  let items: readonly Item[]

  const put = (itemId: string | undefined, text: unknown, version: number, request: Request = {}) =>
    staff.marker.call('PUT', placeOf(path, itemId), { body: { text }, lockToken, version, ...request })
  const idOf = (label: string) => items.find((item) => item.label === label)?.itemId ?? ''
  const remarkIn = ({ body }: Answer, itemId?: string): Remark =>
    itemId === undefined ? body.comment : body.items.find((item: Item) => item.itemId === itemId).remark
  const stored = (text = '%') =>
    runAs(app.database.ownerUrl, 'select copy_version from remark where text like $1 and copy_id = $2', [
      text,
      path.split('/').at(-1),
    ])

  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    path = await makeReadyCopy(staff)
    lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    items = (await staff.marker.get(`${path}/scores`)).body.items
  })
  afterAll(() => app?.close())

  it.each(['a question', 'the whole copy'])(
    'on %s: it is written, changed and taken back, each with one event that does not say what it says',
    async (what) => {
      const itemId = what === 'a question' ? idOf('1.a') : undefined
      const before = (await eventsOf(staff.admin, path)).length
      expect(remarkIn(await staff.marker.get(`${path}/scores`), itemId)).toEqual({ text: null, version: 0 })
      expect(remarkIn(await put(itemId, ` ${REMARK}\n`, 0), itemId)).toEqual({ text: REMARK, version: 1 })
      expect(remarkIn(await put(itemId, COMMENT, 1), itemId)).toEqual({ text: COMMENT, version: 2 })
      expect(remarkIn(await staff.admin.get(`${path}/scores`), itemId)).toEqual({ text: COMMENT, version: 2 })
      expect(remarkIn(await put(itemId, ' \n', 2), itemId)).toEqual({ text: null, version: 3 })
      expect(remarkIn(await put(itemId, REMARK, 3), itemId)).toEqual({ text: REMARK, version: 4 })
      const subject = itemId === undefined ? {} : { item_ref: itemId }
      const events = (await eventsOf(staff.admin, path)).slice(before)
      expect(events.map(({ action, metadata }) => [action, metadata])).toEqual([
        ['REMARK', { ...subject, version: 1, removed: false }],
        ['REMARK', { ...subject, version: 2, removed: false }],
        ['REMARK', { ...subject, version: 3, removed: true }],
        ['REMARK', { ...subject, version: 4, removed: false }],
      ])
    },
  )

  it('carry a version: without it 428; one that is stale, or sent twice, 409 with what is there', async () => {
    const itemId = idOf('1.b')
    expect((await put(itemId, REMARK, 0)).status).toBe(200)
    const events = (await eventsOf(staff.admin, path)).length
    const body = { text: REMARK }
    for (const url of [placeOf(path, itemId), placeOf(path)]) {
      const unversioned = await staff.marker.call('PUT', url, { body, lockToken })
      expect(unversioned).toMatchObject({ status: 428, body: { code: 'version-required' } })
    }
    for (const version of [0, 7]) {
      expect(await put(itemId, REMARK, version)).toMatchObject({
        status: 409,
        body: { code: 'version-conflict', currentVersion: 1, current: { text: REMARK, version: 1 } },
      })
    }
    const both = await Promise.all([put(undefined, 'une main', 4), put(undefined, 'l’autre main', 4)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await eventsOf(staff.admin, path)).toHaveLength(events + 1)
  })

  it.each([
    ['too long', 'x'.repeat(2_001), 400, 'invalid-request'],
    ['no text', 12, 400, 'invalid-request'],
    ['with a NUL character', 'a\u0000', 400, 'invalid-request'],
    ['with half a surrogate pair', 'a\ud835b', 400, 'invalid-request'],
  ])('are refused when they are %s', async (_, text, status, code) => {
    for (const itemId of [idOf('Exercice 2'), undefined])
      expect(await put(itemId, text, 0)).toMatchObject({ status, body: { code } })
  })

  it('may be as long as 2,000 characters', async () => {
    const text = '𝛼'.repeat(1_000)
    expect(remarkIn(await put(idOf('Exercice 2'), text, 0), idOf('Exercice 2')).text).toBe(text)
  })

  it.each([
    ['no item at all', () => newId() as string],
    ['an item that only groups its parts', () => idOf('Exercice 1')],
  ])('are refused on %s', async (_, itemOf) => {
    expect(await put(itemOf(), REMARK, 0)).toMatchObject({ status: 422, body: { code: 'unknown-item' } })
  })

  it('need the lock, and leave nothing without it', async () => {
    const other = await makeReadyCopy(staff)
    const before = await eventsOf(staff.admin, other)
    for (const url of [placeOf(other, idOf('1.a')), placeOf(other)]) {
      const write = (request: Request) =>
        staff.marker.call('PUT', url, { body: { text: REMARK }, version: 0, ...request })
      expect(await write({})).toMatchObject({ status: 409, body: { code: 'not-locked' } })
      expect(await write({ lockToken })).toMatchObject({ status: 409, body: { code: 'lock-expired' } })
    }
    await staff.admin.post(`${other}/lock`)
    const stolen = { body: { text: REMARK }, version: 0, lockToken }
    expect(await staff.marker.call('PUT', placeOf(other), stolen)).toMatchObject({
      status: 409,
      body: { code: 'lock-token-mismatch' },
    })
    expect((await eventsOf(staff.admin, other)).slice(before.length)).toMatchObject([{ action: 'LOCK' }])
  })

  it('keep the rubric that they are about', async () => {
    const exam = await makeExam(app)
    const copy = await makeReadyCopy(exam)
    const token = (await exam.marker.post(`${copy}/lock`)).body.token
    const { rubric } = (await exam.admin.get(`/api/exams/${exam.examId}`)).body
    const item = rubric.items.find(({ maxPoints }: { maxPoints: number | null }) => maxPoints !== null)
    const [replaced, written] = await Promise.all([
      exam.admin.call('PUT', `/api/exams/${exam.examId}/rubric`, { body: RUBRIC, version: rubric.version }),
      exam.marker.call('PUT', placeOf(copy, item.id), {
        body: { text: REMARK },
        lockToken: token,
        version: 0,
      }),
    ])
    expect([
      ['replaced', 'unknown-item'],
      ['rubric-in-use', 'written'],
    ]).toContainEqual([replaced.body.code ?? 'replaced', written.body.code ?? 'written'])
  })

  it('are in no event, no job and no log line', async () => {
    const [{ text = '' } = {}] = await runAs<{ text: string }>(
      app.database.ownerUrl,
      `select (select string_agg(e::text || convert_from(e.leaf, 'UTF8'), ' ') from audit_event e)
           || coalesce((select string_agg(j::text, ' ') from pgboss.job j), '') as text`,
    )
    expect(text).toContain('REMARK')
    const written = `${text} ${JSON.stringify(app.lines)}`
    for (const words of ['Où est l', 'à justifier', 'Travail sérieux', 'une main'])
      expect(written).not.toContain(words)
  })

  describe('once the copy is finished', () => {
    let student: Awaited<ReturnType<TestApp['signIn']>>
    const sheetOf = async () => {
      const { pages } = await readPdf((await staff.admin.get(`${path}/marked`)).bytes)
      return pages.slice(2).map(({ words }) => oneLine(words)).join(' ') // biome-ignore format: one walk
    }
    const finish = async () => {
      await staff.marker.post(`${path}/finalize`, { lockToken })
      expect((await awaitGrading(staff.marker, path)).status).toBe('GRADED')
    }

    beforeAll(async () => {
      path = await makeReadyCopy(staff)
      lockToken = await lockAndScore(staff.marker, path)
      await put(idOf('1.a'), REMARK, 0)
      await put(idOf('Exercice 2'), 'effacée', 0)
      await put(idOf('Exercice 2'), '', 1)
      await put(undefined, COMMENT, 0)
      await finish()
      student = await app.signIn('student')
      await staff.admin.call('PUT', `${path}/student`, { body: { accountId: student.accountId } })
      await staff.admin.call('PUT', `/api/exams/${staff.examId}/release`, {
        body: { isReleased: true },
        version: 0,
      })
    })

    it('stand beside their questions on the score sheet, with the general comment', async () => {
      const sheet = await sheetOf()
      expect(sheet).toContain(`1.a 2 3 ${oneLine(REMARK)} 1.b 2 5 Exercice 2 2 12 Total`)
      expect(sheet).toContain(`Appréciation générale ${COMMENT}`)
      expect(sheet).not.toContain('effacée')
    })

    it('are refused, like everything else that is written on it', async () => {
      expect(await put(idOf('1.a'), 'trop tard', 1)).toMatchObject({
        status: 409,
        body: { code: 'not-locked' },
      })
      expect(await put(undefined, 'trop tard', 1)).toMatchObject({ body: { code: 'not-locked' } })
      expect(await stored('trop tard')).toEqual([])
    })

    it('are read by its student after the release, and by nobody else', async () => {
      const { body } = await student.get(path.replace('/api/copies/', '/api/my/results/'))
      expect(body.comment).toBe(COMMENT)
      expect(
        body.items.map(({ label, remark }: { label: string; remark: string }) => [label, remark]),
      ).toEqual([
        ['Exercice 1', null],
        ['1.a', REMARK],
        ['1.b', null],
        ['Exercice 2', null],
      ])
      expect((await student.get(`${path}/scores`)).status).toBe(403)
    })

    it('are kept when it is reopened, as rows of the new version; those that were graded stay', async () => {
      await staff.admin.post(`${path}/reopen`, { body: { reason: 'appeal' } })
      lockToken = (await staff.marker.post(`${path}/lock`)).body.token
      const kept = await staff.marker.get(`${path}/scores`)
      expect(remarkIn(kept, idOf('1.a'))).toEqual({ text: REMARK, version: 1 })
      expect(remarkIn(kept)).toEqual({ text: COMMENT, version: 1 })
      expect((await put(undefined, 'Après recours : bien.', 1)).status).toBe(200)
      expect(await stored(COMMENT)).toEqual([{ copy_version: 1 }])
      for (const statement of [
        `update remark set text = 'réécrit' where copy_version = 1`,
        `delete from remark where copy_version = 1`,
      ]) {
        await expect(runAs(app.database.ownerUrl, statement)).rejects.toMatchObject({
          constraint: 'graded_marks_stay',
        })
      }
      await finish()
      expect(await sheetOf()).toContain('Appréciation générale Après recours : bien.')
    })
  })
})
