import { renameSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/builders.ts'
import type { Answer } from '../support/client.ts'
import { makeCodedScan } from '../support/coded-scans.ts'
import { formOf } from '../support/scans.ts'
import type { Canary } from './canaries.ts'
import { awaitImport, makeExam } from './deeds.ts'
import { NOWHERE, said } from './speaker.ts'
import type { Vector } from './vector.ts'
import type { World } from './world.ts'

type Row = Vector<World>

type Page = { readonly id: string; readonly version: number; readonly flags: readonly { kind: string }[] }
type Stack = { readonly examId: string; readonly batch: Answer['body']; readonly pages: readonly Page[] }

const PATTERN = '{exam}-{copy}-{page}'
/** What is printed on the sheets: an exam and a copy that are canaries, and places for their numbers. */
const printed = (canary: Canary) => `${canary.ascii('code')}-${canary.word('code')}x{copy}-{page}`

const setPattern = async (world: World, examId: string, body: object | string) =>
  (await world.as('admin')).call('PUT', `/api/exams/${examId}/code-pattern`, { body })

/** An exam whose sheets are coded, with a stack of two copies of two pages that bear `payloads`. */
async function importCoded(world: World, canary: Canary, payloads = printed(canary)): Promise<Stack> {
  const admin = await world.as('admin')
  const examId = await makeExam(world, canary)
  const sample = printed(canary).replace('{copy}', '1').replace('{page}', '1')
  await setPattern(world, examId, { pattern: PATTERN, sample })
  const { pdf } = await makeCodedScan({ seed: 5, copies: 2, pagesPerCopy: 2, pattern: payloads })
  const form = await formOf(pdf, `${canary.text('file-name')}.pdf`)
  const { body } = await admin.post(`/api/exams/${examId}/batches?split=code-every`, { form })
  const batch = await awaitImport(world, body.id)
  const { pages } = (await admin.get(`/api/batches/${batch.id}/pages`)).body
  return { examId, batch, pages }
}

const outcomeOf = ({ batch, pages }: Stack) => {
  const flags = new Set(pages.flatMap((page) => page.flags.map(({ kind }) => kind)))
  const known = ['foreign-code', 'foreign-exam', 'no-code'].filter((kind) => flags.has(kind))
  return [batch.status, `${batch.filedPages} filed`, ...known].join(', ')
}

const codes: readonly Row[] = [
  {
    name: 'sheets that bear codes',
    path: 'the names of an exam and of copies in QR codes, and in the sample of their pattern',
    outcome: 'IMPORTED, 4 filed',
    provoke: async (world, canary) => {
      const stack = await importCoded(world, canary)
      const paths = [
        `/api/exams/${stack.examId}`,
        `/api/batches/${stack.batch.id}/pages?only=exceptions`,
        `/api/copies/${stack.batch.copies[0]}/pages`,
        `/api/pages/${stack.pages[0]?.id}/image?size=full`,
      ]
      for (const role of ['admin', 'auditor', 'marker', 'operator', 'student'] as const) {
        const speaker = await world.as(role)
        for (const path of paths) await speaker.get(path)
      }
      return outcomeOf(stack)
    },
  },
  {
    name: 'sheets that bear codes of another kind',
    path: 'texts in QR codes that do not follow the pattern',
    outcome: 'IMPORTED, 0 filed, foreign-code, no-code',
    provoke: async (world, canary) =>
      outcomeOf(await importCoded(world, canary, `${canary.ascii('input')}:${canary.ascii('input')}:{copy}`)),
  },
  {
    name: 'sheets of another exam',
    path: 'the name of that exam in QR codes that follow the pattern',
    outcome: 'IMPORTED, 0 filed, foreign-exam',
    provoke: async (world, canary) =>
      outcomeOf(await importCoded(world, canary, `${canary.ascii('input')}-{copy}-{page}`)),
  },
  {
    name: 'samples and patterns of codes that do not fit',
    path: 'a sample that does not follow, a pattern that is none, members that nobody knows, a sample that is too long',
    outcome: '422 invalid-code-pattern, 422 invalid-code-pattern, 400 invalid-request, 400 invalid-request',
    provoke: async (world, canary) => {
      const examId = await makeExam(world, canary)
      const answers = [
        await setPattern(world, examId, { pattern: PATTERN, sample: canary.text('input') }),
        await setPattern(world, examId, { pattern: `{copy}${canary.text('input')}`, sample: '1' }),
        await setPattern(world, examId, { pattern: PATTERN, [canary.text('input')]: canary.text('input') }),
        await setPattern(world, examId, { pattern: PATTERN, sample: canary.text('input').repeat(20) }),
      ]
      return answers.map(said).join(', ')
    },
  },
]

/** Operations, each with a body that no contract takes and markers wherever a text can stand in it. */
const MISPLACED: readonly (readonly [
  path: string,
  body: (marker: string) => Readonly<Record<string, unknown>>,
])[] = [
  ['pages/*/rotate', (marker) => ({ turn: marker })],
  ['pages/*/number', (marker) => ({ sheetNumber: marker })],
  ['pages/*/move', (marker) => ({ copyId: marker, beforePageId: marker })],
  ['pages/*/discard', (marker) => ({ reason: marker, note: marker })],
  ['pages/*/discard', (marker) => ({ reason: 'other', note: marker.repeat(200) })],
  ['pages/*/discard', (marker) => ({ reason: 'other', note: `${marker}\0` })],
  ['pages/*/replace', (marker) => ({ byPageId: marker, byPageVersion: marker })],
  ['copies/*/reorder', (marker) => ({ pageIds: [marker] })],
  ['copies/*/split', (marker) => ({ beforePageId: marker })],
  ['copies/*/merge', (marker) => ({ fromCopyId: marker, fromPagesVersion: marker })],
  ['copies', (marker) => ({ pageIds: [NOWHERE, marker] })],
]

const bodies: readonly Row[] = [
  {
    name: 'operations on pages with markers in the place of everything',
    path: 'turns, numbers, ids, reasons and notes in the bodies of all operations; members that nobody knows',
    outcome: `400 invalid-request, ${2 * MISPLACED.length} times`,
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const marker = canary.text('input')
      const answers: Answer[] = []
      for (const [path, body] of MISPLACED) {
        const own = `/api/${path.replace('*', NOWHERE)}`
        for (const sent of [body(marker), { ...body(marker), [marker]: { [marker]: marker } }]) {
          answers.push(await admin.post(own, { version: 1, body: sent }))
        }
      }
      return `${[...new Set(answers.map(said))].join(', ')}, ${answers.length} times`
    },
  },
  {
    name: 'operations on pages that cannot be addressed',
    path: 'the addresses of pages, copies, batches and operations, their queries, and the header if-match',
    outcome: '400 invalid-request, 428 version-required',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const marker = encodeURIComponent(canary.text('input'))
      const body = { turn: 90 }
      const answers = [
        await admin.post(`/api/pages/${marker}/rotate`, { version: 1, body }),
        await admin.post(`/api/copies/${marker}/split`, { version: 1, body: { beforePageId: NOWHERE } }),
        await admin.post(`/api/page-operations/${marker}/undo`),
        await admin.get(`/api/pages/${marker}/image`),
        await admin.get(`/api/pages/${NOWHERE}/image?size=${marker}`),
        await admin.get(`/api/batches/${NOWHERE}/pages?only=${marker}`),
        await admin.post(`/api/pages/${NOWHERE}/rotate`, {
          headers: { 'if-match': `"${canary.ascii('input')}"` },
          body,
        }),
      ]
      return [...new Set(answers.map(said))].join(', ')
    },
  },
]

/** Does something to a page as it is now. */
async function onPage(world: World, { id }: Pick<Page, 'id'>, deed: string, body?: object): Promise<Answer> {
  const [row] = await world.sql<{ version: number }>('select version from page where id = $1', [id])
  return (await world.as('admin')).post(`/api/pages/${id}/${deed}`, {
    version: row?.version ?? 0,
    ...(body && { body }),
  })
}

async function onCopy(world: World, copyId: string, deed: string, body: object): Promise<Answer> {
  const version = await pagesVersionOf(world, copyId)
  return (await world.as('admin')).post(`/api/copies/${copyId}/${deed}`, { version, body })
}

async function pagesVersionOf(world: World, copyId: string): Promise<number> {
  return (await (await world.as('admin')).get(`/api/copies/${copyId}`)).body.pagesVersion
}

async function merge(world: World, copyId: string, fromCopyId: string): Promise<Answer> {
  const fromPagesVersion = await pagesVersionOf(world, fromCopyId)
  return onCopy(world, copyId, 'merge', { fromCopyId, fromPagesVersion })
}

const [first, second] = [0, 1] as const
const at = ({ pages }: Stack, place: number): Page => pages[place] as Page

const operations: readonly Row[] = [
  {
    name: 'the pages of coded copies put right, with notes',
    path: 'codes of the pages; notes of those that are discarded',
    outcome: '200 and 201, 10 times; READY',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const stack = await importCoded(world, canary)
      const [a, b] = stack.batch.copies as [string, string]
      const page = at(stack, first)
      const discard = { reason: 'other', note: canary.text('note') }
      const answers = [
        await onPage(world, page, 'rotate', { turn: 180 }),
        await onPage(world, page, 'discard', discard),
        await onPage(world, page, 'restore'),
        // In no copy: the note is sealed on the stream of the batch.
        await onPage(world, page, 'discard', discard),
        await onPage(world, page, 'restore'),
        await admin.post('/api/copies', { body: { pageIds: [page.id] } }),
        await onPage(world, page, 'move', { copyId: a, beforePageId: at(stack, second).id }),
        await onCopy(world, a, 'split', { beforePageId: at(stack, second).id }),
      ]
      const { operationId } = answers.at(-1)?.body ?? {}
      answers.push(await admin.post(`/api/page-operations/${operationId}/undo`))
      answers.push(await merge(world, b, a))
      await merge(world, a, b)
      for (const path of [`/api/copies/${a}/events`, `/api/batches/${stack.batch.id}/pages`])
        await admin.get(path)
      // Each number once.
      for (const place of [2, 3]) await onPage(world, at(stack, place), 'number', { sheetNumber: null })
      const status = (await admin.post(`/api/copies/${a}/validate`)).body.status
      return `${[...new Set(answers.map(({ status: code }) => code))].join(' and ')}, ${answers.length} times; ${status}`
    },
  },
  {
    name: 'operations on pages that are refused',
    path: 'notes, and the codes of the pages',
    outcome:
      '409 version-conflict, 409 review-not-possible, 404 not-found, 409 illegal-transition, 403 role-not-allowed',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const stack = await importCoded(world, canary)
      const { pages, batch } = stack
      const discard = { reason: 'other', note: canary.text('note') }
      const { id } = at(stack, first)
      const answers = [
        await admin.post(`/api/pages/${id}/discard`, { version: 99, body: discard }),
        await onPage(world, at(stack, first), 'replace', { byPageId: pages[1]?.id, byPageVersion: 1 }),
        await onPage(world, at(stack, first), 'move', { copyId: NOWHERE }),
      ]
      await admin.post(`/api/copies/${batch.copies[0]}/validate`)
      answers.push(await onPage(world, at(stack, first), 'discard', discard))
      const marker = await world.as('marker')
      answers.push(await marker.post(`/api/pages/${id}/discard`, { version: 1, body: discard }))
      return answers.map(said).join(', ')
    },
  },
  {
    name: 'an operation on pages that the database refuses',
    path: 'the codes of all pages, in the message of a trigger',
    outcome: '500 internal, P0001 in the log',
    provoke: async (world, canary) => {
      const stack = await importCoded(world, canary)
      const all = `(select string_agg(copy_code, ' ') from page) || new.before::text`
      await world.sql(`
        create function planted() returns trigger language plpgsql as
          $$ begin raise exception '%', ${all} using detail = ${all}; end $$;
        create trigger planted before insert on page_operation for each row execute function planted()`)
      const answer = await onPage(world, at(stack, first), 'rotate', { turn: 90 })
      await world.sql('drop trigger planted on page_operation; drop function planted()')
      return `${said(answer)}, ${(await world.line('http.failed'))['db.response.status_code']} in the log`
    },
  },
  {
    name: 'the PDF of a copy that cannot be made at once',
    path: 'the codes of its pages, and the scan, in a work folder that cannot be written',
    outcome: 'Error in the log, true',
    provoke: async (world, canary) => {
      const admin = await world.as('admin')
      const stack = await importCoded(world, canary)
      const [copyId] = stack.batch.copies
      const work = join(world.app.folder, 'work')
      renameSync(work, `${work}-away`)
      await writeFile(work, '')
      await onPage(world, at(stack, first), 'rotate', { turn: 90 })
      const line = await world.line('job.failed')
      rmSync(work)
      renameSync(`${work}-away`, work)
      const isPrepared = await until(async () => {
        const { body } = await admin.get(`/api/copies/${copyId}`)
        return body.isPrepared ? true : undefined
      })
      return `${line['exception.type']} in the log, ${isPrepared}`
    },
  },
]

export const PAGE_VECTORS: readonly Row[] = [...codes, ...bodies, ...operations]
