import { openAsBlob } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type AuditEventView, timelineView } from '../audit/contract.ts'
import { type BatchView, batchView, copyList, copyView, dispatchResult } from '../copies/contract.ts'
import { examView } from '../exams/contract.ts'
import type { Id } from '../observability/id.ts'
import { idSchema } from '../platform/contract.ts'
import { AppError } from '../platform/errors.ts'
import { newSecret } from '../platform/ids.ts'
import { MINUTE } from '../platform/units.ts'
import { type Client, signIn } from './client.ts'
import { type MarkedCopy, markCopy } from './mark.ts'
import type { Progress } from './progress.ts'

export type Scan = { readonly path: string; readonly pagesPerCopy?: number | undefined }
export type Account = { readonly role: string; readonly email: string; readonly password: string }

export type WalkedCopy = MarkedCopy & {
  readonly anonymousId: string
  readonly pages: number
  readonly events: readonly AuditEventView[]
  readonly marked: Buffer | undefined
}

export type Walk = {
  readonly examId: Id
  readonly copies: readonly WalkedCopy[]
  readonly failedBatches: readonly BatchView[]
  readonly csv: Buffer
  readonly accounts: readonly Account[]
  readonly requestIds: ReadonlySet<string>
  readonly durationsMs: Readonly<Record<string, number>>
}

const IMPORT_PATIENCE_MS = 30 * MINUTE

/**
 * The whole life of the copies, through the HTTP API as its users would live it: an administrator makes the exam,
 * uploads, validates and exports; a marker locks, annotates, scores and finalizes.
 */
export async function walkThrough(
  url: string,
  options: { admin: Account; scans: readonly Scan[]; progress: Progress },
): Promise<Walk> {
  const { progress } = options
  const clock = createStopwatch()
  const admin = await signIn(url, options.admin)
  const staff = await makeStaff(admin)
  const exam = await makeExam(admin)
  await addMarker(admin, exam.id, staff.markerId)
  clock.lap('prepare')

  const batches: BatchView[] = []
  for (const [index, scan] of options.scans.entries()) {
    progress.step(`uploading scan ${index + 1} of ${options.scans.length}`)
    const batch = await upload(admin, exam.id, scan)
    batches.push(
      await awaitImport(admin, batch.id, (done, total) => progress.count('importing page', done, total)),
    )
  }
  clock.lap('import')
  const failedBatches = batches.filter((batch) => batch.status !== 'IMPORTED' || batch.unresolvedPages > 0)
  const imported = batches.filter((batch) => !failedBatches.includes(batch)).flatMap((batch) => batch.copies)
  for (const copyId of imported) await admin.send(post(`/api/copies/${copyId}/validate`), copyView)
  await admin.send(post(`/api/exams/${exam.id}/dispatch`), dispatchResult)
  clock.lap('validate')

  const marker = await signIn(url, staff.marker)
  const mine = (await marker.get('/api/my/copies?status=READY', copyList)).copies
  const marked: MarkedCopy[] = []
  for (const [index, copy] of mine.entries()) {
    progress.count('marking copy', index + 1, mine.length)
    marked.push(await markCopy(marker, copy, index))
  }
  clock.lap('mark')

  progress.step('exporting')
  const copies: WalkedCopy[] = []
  for (const [index, copy] of mine.entries()) {
    const result = marked[index]
    if (!result) continue
    const pdf = result.status === 'GRADED' ? await admin.download(`/api/copies/${copy.id}/marked`) : undefined
    const events = await readTimeline(admin, copy.id)
    copies.push({ ...result, anonymousId: copy.anonymousId, pages: copy.pages, events, marked: pdf })
  }
  const csv = await admin.download(`/api/exams/${exam.id}/exports/scores`)
  clock.lap('export')
  return {
    examId: exam.id,
    copies,
    failedBatches,
    csv,
    accounts: staff.accounts,
    requestIds: new Set([...admin.requestIds, ...marker.requestIds]),
    durationsMs: clock.laps,
  }
}

function post(path: string, body?: unknown) {
  return { method: 'POST', path, ...(body === undefined ? {} : { body }) } as const
}

const added = z.object({ id: idSchema })

/** One account for each kind of user, so that whoever looks at the demonstration can sign in as any of them. */
async function makeStaff(admin: Client) {
  const suffix = newSecret(4)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '0')
  const accounts: Account[] = []
  let markerId: Id | undefined
  for (const role of ['marker', 'operator', 'auditor'] as const) {
    const account = { role, email: `${role}-${suffix}@demo.invalid`, password: newSecret(12) }
    const { id } = await admin.send(post('/api/accounts', { ...account, name: `Demo ${role}` }), added)
    if (role === 'marker') markerId = id
    accounts.push(account)
  }
  const marker = accounts[0]
  if (!marker || !markerId) throw new Error('no marker was made')
  return { accounts, marker, markerId }
}

function makeExam(admin: Client) {
  const rubric = {
    items: [
      {
        label: 'Exercice 1',
        items: [
          { label: '1.a Définition', maxPoints: 3, step: 0.5 },
          { label: '1.b Démonstration', maxPoints: 5, step: 0.25 },
        ],
      },
      { label: 'Exercice 2', maxPoints: 8, step: 0.5 },
      { label: 'Rédaction et clarté', maxPoints: 4, step: 1 },
    ],
  }
  return admin.send(post('/api/exams', { title: 'Épreuve de démonstration', rubric }), examView)
}

async function addMarker(admin: Client, examId: Id, markerId: Id): Promise<void> {
  await admin.send(post(`/api/exams/${examId}/markers`, { markerId }), examView)
}

async function upload(admin: Client, examId: Id, scan: Scan): Promise<BatchView> {
  const form = new FormData()
  form.set('file', await openAsBlob(scan.path), scan.path.split(/[\\/]/).at(-1))
  // A scan that is named twice is meant twice.
  const query = `?duplicate=allow${scan.pagesPerCopy ? `&pagesPerCopy=${scan.pagesPerCopy}` : ''}`
  return admin.send({ method: 'POST', path: `/api/exams/${examId}/batches${query}`, form }, batchView)
}

async function awaitImport(
  admin: Client,
  batchId: Id,
  onPages: (done: number, total: number) => void,
): Promise<BatchView> {
  for (let waited = 0; waited < IMPORT_PATIENCE_MS; waited += 100) {
    const batch = await admin.get(`/api/batches/${batchId}`, batchView)
    if (batch.pageCount) onPages(batch.pagesDone, batch.pageCount)
    if (batch.status === 'IMPORTED' || batch.status === 'FAILED') return batch
    await sleep(100)
  }
  throw new AppError('demo-import-hangs', { title: 'The import did not end within half an hour.' })
}

async function readTimeline(client: Client, copyId: Id): Promise<AuditEventView[]> {
  const events: AuditEventView[] = []
  let after: number | undefined = 0
  while (after !== undefined) {
    const page: z.output<typeof timelineView> = await client.get(
      `/api/copies/${copyId}/events?after=${after}`,
      timelineView,
    )
    events.push(...page.events)
    after = page.nextAfter
  }
  return events
}

/** Measures the steps of the walk, each from the end of the one before. */
function createStopwatch() {
  const laps: Record<string, number> = {}
  let last = performance.now()
  return {
    laps,
    lap: (name: string) => {
      laps[name] = Math.round(performance.now() - last)
      last = performance.now()
    },
  }
}
