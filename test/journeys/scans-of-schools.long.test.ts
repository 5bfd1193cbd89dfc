import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff, until } from '../support/builders.ts'
import type { Answer } from '../support/client.ts'
import { type CodedScanOptions, makeCodedScan } from '../support/coded-scans.ts'
import { corpusPath, hasCorpus } from '../support/corpus.ts'
import { formOf } from '../support/scans.ts'

type Body = Answer['body']

describe('scans as schools make them', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp()
  })
  afterAll(() => app?.close())

  const admin = () => staff.admin
  const pagesOf = async (batchId: string, only = 'all') =>
    (await admin().get(`/api/batches/${batchId}/pages?only=${only}`)).body

  async function examWith(pattern: string, sample: string): Promise<void> {
    staff = await makeExam(app)
    const set = await admin().call('PUT', `/api/exams/${staff.examId}/code-pattern`, {
      body: { pattern, sample },
    })
    expect(set.status).toBe(200)
  }

  async function importBy(query: string, scan: Uint8Array): Promise<Body> {
    const form = await formOf(scan, 'scan.pdf')
    const upload = await admin().post(`/api/exams/${staff.examId}/batches?${query}`, { form })
    expect(upload.status).toBe(201)
    return until(async () => {
      const { body } = await admin().get(`/api/batches/${upload.body.id}`)
      return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
    }, 120_000)
  }

  /** What the pages of the copies are, in their order: what was on the sheets, where the generator says. */
  const validate = (copyId: string) => admin().post(`/api/copies/${copyId}/validate`)

  describe.runIf(hasCorpus)('of the real ones', () => {
    const read = (name: string) => readFileSync(corpusPath(name))

    it('sorts a shuffled copy by its codes, keeps the sheet without one apart, and takes it in by hand', async () => {
      await examWith('{exam}-{copy}-{page}', 'midterm1-v2-test-100-1')
      const whole = await importBy('split=code-every', read('markus/midterm_scan_100.pdf'))
      const sorted = (await pagesOf(whole.id)).pages.toSorted(
        (a: Body, b: Body) => a.pageNumber - b.pageNumber,
      )
      expect(sorted.map(({ sheetNumber }: Body) => sheetNumber)).toEqual([1, 2, 3, 4, 5, 6])
      expect(sorted.map(({ scanNumber }: Body) => scanNumber)).toEqual([1, 2, 4, 3, 5, 6])
      expect(await validate(whole.copies[0])).toMatchObject({ status: 200 })

      const scribbled = await importBy('split=code-every', read('markus/midterm_scan_103.pdf'))
      const exceptions = await pagesOf(scribbled.id, 'exceptions')
      expect(exceptions).toMatchObject({
        ...{ scanned: 6, filed: 5, unresolved: 1 },
        pages: [{ scanNumber: 1, place: 'unresolved', flags: [{ kind: 'no-code' }] }],
        copies: [{ missingNumbers: [1] }],
      })
      const [copyId] = scribbled.copies
      expect(await validate(copyId)).toMatchObject({ status: 409, body: { missingNumbers: [1] } })
      const [{ id, version }] = exceptions.pages
      const first = (await admin().get(`/api/copies/${copyId}/pages`)).body.pages[0].id
      const numbered = await admin().post(`/api/pages/${id}/number`, { version, body: { sheetNumber: 1 } })
      const moved = await admin().post(`/api/pages/${id}/move`, {
        version: numbered.body.pages[0].version,
        body: { copyId, beforePageId: first },
      })
      expect(moved.status).toBe(200)
      expect(await validate(copyId)).toMatchObject({ status: 200, body: { pages: 6 } })
    })

    it.each([
      ['markus/midterm_scan_102.pdf', '', [6]],
      ['markus/midterm1-v2-test.pdf', '', [6]],
      ['correctexam/demo1Copies_masked.pdf', 'pagesPerCopy=1', [1, 1, 1]],
      ['correctexam/demo1Template.pdf', '', [1]],
      ['submitty/01_qr_six_6page_colorscan.pdf', 'split=code-first', [6, 6, 6, 6, 6, 6]],
      ['submitty/01_qr_six_6page_scan.pdf', 'split=code-first', [6, 6, 6, 6, 6, 6]],
    ])('%s (%s) gives copies of %j pages', async (name, query, sizes) => {
      await examWith('{copy}', 'bitdiddle')
      const batch = await importBy(query, read(name))
      expect(batch).toMatchObject({ status: 'IMPORTED', unresolvedPages: 0 })
      const copies = await Promise.all(
        batch.copies.map(async (id: string) => (await admin().get(`/api/copies/${id}`)).body.pages),
      )
      expect(copies).toEqual(sizes)
    })

    it('a Word file with another name is refused', async () => {
      await examWith('{copy}', 'x')
      const form = await formOf(read('markus/docx_renamed_to_pdf.pdf'), 'scan.pdf')
      expect(await admin().post(`/api/exams/${staff.examId}/batches`, { form })).toMatchObject({
        status: 415,
        body: { code: 'not-a-pdf' },
      })
    })
  })

  describe('of what happens at a scanner', () => {
    const stack = { seed: 11, copies: 5, pagesPerCopy: 4 } as const
    /** Each thing that happens, by itself and all together. */
    const days: readonly (readonly [string, Partial<CodedScanOptions>])[] = [
      ['nothing', {}],
      ['pages shuffled', { shuffled: true }],
      ['pages turned', { turned: 0.5 }],
      ['pages twice', { duplicated: 0.3 }],
      ['pages blank', { blanked: 0.25 }],
      ['pages lost', { removed: 0.25 }],
      ['everything', { shuffled: true, turned: 0.4, duplicated: 0.2, blanked: 0.15, removed: 0.15 }],
    ]

    it.each(days)('%s: every fault is named before a copy can be READY', async (_, happens) => {
      await examWith('demo-{copy}-{page}', 'demo-1-1')
      const { pdf, pages } = await makeCodedScan({ ...stack, ...happens })
      const batch = await importBy('split=code-every', pdf)
      expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: pages.length })
      const found = await pagesOf(batch.id)
      expect(found.filed + found.discarded + found.unresolved).toBe(pages.length)

      // Each sheet with a code is upright and told for what it is; each other one is unresolved, with its reason.
      const seen = new Set<string>()
      const expected = pages.map((page) => {
        const key = `${page.copy}-${page.page}`
        if (page.isBlank || page.payload === undefined) return { place: 'unresolved', flag: 'no-code' }
        if (seen.has(key))
          return { place: 'unresolved', flag: 'duplicate-number', copy: page.copy, number: page.page }
        seen.add(key)
        return { place: 'filed', copy: page.copy, number: page.page, turn: page.turn }
      })
      const got = found.pages.map((page: Body, index: number) => {
        const wanted = expected[index]
        const flags = page.flags.map(({ kind }: Body) => kind)
        return {
          place: page.place,
          ...(wanted?.flag && { flag: flags.includes(wanted.flag) ? wanted.flag : flags }),
          ...(wanted?.copy && { copy: page.copyCode, number: page.sheetNumber }),
          ...(wanted && 'turn' in wanted && { turn: page.turn }),
        }
      })
      expect(got).toEqual(expected)
      const blanks = found.pages.filter((_: Body, index: number) => pages[index]?.isBlank)
      expect(blanks.every(({ flags }: Body) => flags.some(({ kind }: Body) => kind === 'blank'))).toBe(true)
      // Of two prints of one sheet the later one in the scan, whichever was first in the stack.
      const again = found.pages.filter(
        (_: Body, index: number) => expected[index]?.flag === 'duplicate-number',
      )
      expect(
        again.every(({ flags }: Body) => flags.some(({ kind }: Body) => kind === 'near-duplicate')),
      ).toBe(true)

      // A copy lacks exactly the sheets that were not filed, and cannot be READY while it does, or anything is unresolved.
      const most = Math.max(...[...seen].map((key) => Number(key.split('-')[1])))
      for (const copy of found.copies) {
        const code = found.pages.find(({ copyId }: Body) => copyId === copy.copyId).copyCode
        const missing = Array.from({ length: most }, (_, index) => index + 1).filter(
          (number) => !seen.has(`${code}-${number}`),
        )
        expect(copy.missingNumbers).toEqual(missing)
        const isWhole = missing.length === 0 && found.unresolved === 0
        expect((await validate(copy.copyId)).status).toBe(isWhole ? 200 : 409)
      }
    })
  })
})
