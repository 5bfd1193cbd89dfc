import type { Id } from '../../src/observability/id.ts'
import { AppError } from '../../src/platform/errors.ts'
import { openTestApp, type TestApp } from './app.ts'
import { awaitGrading, importScan, lockAndScore, makeExam, type Staff, until } from './builders.ts'
import type { Answer } from './client.ts'
import { runAs } from './database.ts'
import { openEraser } from './erasing.ts'
import { makeScan } from './scans.ts'

/** What became of copies, each brought there over the API. */
export const KINDS = [
  'import failed',
  'imported',
  'ready',
  'sent back',
  'marked',
  'unlocked',
  'taken over',
  'expired and locked again',
  'being graded',
  'graded',
  'exported',
  'reopened',
  'marked again',
  'failed',
  'failed, then graded',
  'failed, then corrected',
  'erased',
] as const
export type Kind = (typeof KINDS)[number]

export type CopiesOfEveryKind = {
  readonly app: TestApp
  readonly copies: Readonly<Record<Kind, Id>>
  close(): Promise<void>
}

/** The whole application with a copy of every kind, whose states and marks all came by its own use cases. */
export async function openCopiesOfEveryKind(): Promise<CopiesOfEveryKind> {
  /** Ids of copies whose drawing fails, or waits. */
  const [failing, waiting] = [new Set<string>(), new Set<string>()]
  const app = await openTestApp({
    wrapRenderer: (render) => async (request) => {
      const [copyId = ''] = request.documentId.split(':')
      if (failing.has(copyId)) throw new AppError('blob-missing', { title: 'As ordered.' })
      await until(async () => (waiting.has(copyId) ? undefined : true), 120_000)
      return render(request)
    },
  })
  const staff = await makeExam(app)
  const [failed, ...others] = KINDS
  const broken = await importScan(staff, { scan: Buffer.from('%PDF-1.7\n') })
  const stack = await importScan(staff, { scan: await makeScan(others.length, 1), pagesPerCopy: 1 })
  const ids: readonly Id[] = [...broken.batch.copies, ...stack.batch.copies]
  const copies = Object.fromEntries([failed, ...others].map((kind, index) => [kind, ids[index]])) as Record<
    Kind,
    Id
  >
  await bringThere(app, staff, copies, { failing, waiting })
  return {
    app,
    copies,
    close: () => {
      waiting.clear()
      return app.close()
    },
  }
}

async function bringThere(
  app: TestApp,
  { admin, marker, examId }: Staff,
  copies: Readonly<Record<Kind, Id>>,
  { failing, waiting }: { failing: Set<string>; waiting: Set<string> },
): Promise<void> {
  const path = (kind: Kind) => `/api/copies/${copies[kind]}`
  const reason = { body: { reason: 'other', note: 'Page 2' } }
  const annotate = async (kind: Kind, lockToken: string): Promise<Answer> =>
    marker.post(`${path(kind)}/annotations`, {
      lockToken,
      body: { pageNumber: 1, kind: 'tick', x: 0.2, y: 0.2 },
    })
  /** Says something of a question and of the whole, and thinks better of it. */
  const remark = async (kind: Kind, lockToken: string): Promise<void> => {
    const { items, comment } = (await marker.get(`${path(kind)}/scores`)).body
    const [{ itemId, remark }] = items.filter(
      ({ maxPoints }: { maxPoints: number | null }) => maxPoints !== null,
    )
    const say = (place: string, version: number, text: string) =>
      marker.call('PUT', `${path(kind)}/${place}`, { lockToken, version, body: { text } })
    await say(`remarks/${itemId}`, remark.version, 'Vu')
    await say('comment', comment.version, 'Vu')
    await say('comment', comment.version + 1, '')
  }
  const mark = async (kind: Kind): Promise<string> => {
    const lockToken = await lockAndScore(marker, path(kind))
    const { body } = await annotate(kind, lockToken)
    await annotate(kind, lockToken)
    const one = `${path(kind)}/annotations/${body.id}`
    await marker.call('PATCH', one, { lockToken, version: 1, body: { x: 0.3 } })
    await marker.call('DELETE', one, { lockToken, version: 2 })
    await remark(kind, lockToken)
    return lockToken
  }
  const finalize = async (kind: Kind, lockToken: string) => {
    await marker.post(`${path(kind)}/finalize`, { lockToken })
    return (await awaitGrading(marker, path(kind))).status
  }

  for (const kind of KINDS.slice(2)) await admin.post(`${path(kind)}/validate`)
  await admin.post(`/api/exams/${examId}/dispatch`)
  await admin.post(`${path('sent back')}/send-back`, reason)

  await mark('marked')
  await marker.post(`${path('unlocked')}/unlock`, { lockToken: await mark('unlocked') })
  await mark('taken over')
  await admin.post(`${path('taken over')}/lock/take-over`)
  await mark('expired and locked again')
  const past = `update copy_lock set expires_at = now() - interval '1 minute' where copy_id = $1`
  await runAs(app.database.ownerUrl, past, [copies['expired and locked again']])
  await admin.post(`${path('expired and locked again')}/lock`)

  waiting.add(copies['being graded'])
  await marker.post(`${path('being graded')}/finalize`, { lockToken: await mark('being graded') })

  for (const kind of ['graded', 'exported', 'reopened', 'marked again', 'erased'] as const) {
    await finalize(kind, await mark(kind))
  }
  await admin.get(`${path('exported')}/marked`)
  for (const kind of ['reopened', 'marked again'] as const) await admin.post(`${path(kind)}/reopen`, reason)
  const lockToken = await lockAndScore(marker, path('marked again'))
  await remark('marked again', lockToken)
  const [carried] = (await marker.get(`${path('marked again')}/annotations`)).body.annotations
  const one = `${path('marked again')}/annotations/${carried.id}`
  await marker.call('DELETE', one, { lockToken, version: carried.version })

  for (const kind of ['failed', 'failed, then graded', 'failed, then corrected'] as const) {
    failing.add(copies[kind])
    await finalize(kind, await mark(kind))
  }
  failing.clear()
  await marker.post(`${path('failed, then graded')}/retry`)
  await awaitGrading(marker, path('failed, then graded'))
  await marker.post(`${path('failed, then corrected')}/unlock`)

  const eraser = openEraser(app)
  await eraser.erase(copies.erased)
  await eraser.close()
}
