import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { CopyStatus, CopyView } from '../copies/contract.ts'
import {
  annotationView,
  finalizationView,
  lockView,
  type newAnnotation,
  scoreSheetView,
} from '../marking/contract.ts'
import type { Id } from '../observability/id.ts'
import { AppError } from '../platform/errors.ts'
import { MINUTE } from '../platform/units.ts'
import type { Client } from './client.ts'

export type MarkedCopy = {
  readonly id: Id
  readonly status: CopyStatus
  readonly finalScore: number | null
  readonly markedPages: number | null
  readonly sheetPages: number | null
  readonly annotationTexts: readonly string[]
}

const COMMENTS = [
  'Très bon début : la définition est exacte et complète.',
  'Attention, il manque l’hypothèse : on suppose x ≠ 0 avant de diviser.',
  'Égalité juste, mais ∑ₖ uₖ ≤ ∫ f(t) dt mérite une justification (√2 ≈ 1,414).',
  'Conclusion à rédiger : la réponse n’est pas encadrée. Œuvre inachevée, dommage !',
]

const REMARKS = ['À relire : l’unité manque.', 'Schéma à refaire au propre (échelle 1/2).']

/** Marks one copy as a teacher would: lock, look, annotate each page, score each item, finalize, wait for the PDF. */
export async function markCopy(marker: Client, copy: CopyView, index: number): Promise<MarkedCopy> {
  const path = `/api/copies/${copy.id}`
  const { token: lockToken } = await marker.send({ method: 'POST', path: `${path}/lock` }, lockView)
  const annotations = planAnnotations(copy.pages, index)
  for (let pageNumber = 1; pageNumber <= copy.pages; pageNumber += 1) {
    await marker.download(`${path}/pages/${pageNumber}`)
    for (const body of annotations.filter((annotation) => annotation.pageNumber === pageNumber)) {
      await marker.send({ method: 'POST', path: `${path}/annotations`, body, lockToken }, annotationView)
    }
  }
  await marker.send({ method: 'POST', path: `${path}/lock/heartbeat`, lockToken }, lockView)
  await scoreCopy(marker, path, lockToken, index)
  await marker.send({ method: 'POST', path: `${path}/finalize`, lockToken }, finalizationView)
  const end = await awaitEnd(marker, path)
  return {
    id: copy.id,
    status: end.status,
    finalScore: end.result?.finalScore ?? null,
    markedPages: end.result?.pages ?? null,
    sheetPages: end.result?.sheetPages ?? null,
    annotationTexts: annotations.flatMap((annotation) => ('text' in annotation ? [annotation.text] : [])),
  }
}

type Annotation = z.input<typeof newAnnotation>

/** A comment, a highlight and a tick on each page, somewhere else on each; the other kinds once through the copy. */
function planAnnotations(pages: number, index: number): Annotation[] {
  const everyPage = Array.from({ length: pages }, (_, pageIndex): Annotation[] => {
    const pageNumber = pageIndex + 1
    const y = 0.18 + 0.12 * ((pageIndex + index) % 5)
    const text = COMMENTS[(pageIndex + index) % COMMENTS.length] ?? ''
    return [
      { pageNumber, kind: 'comment', x: 0.72, y, text, ...(pageIndex === 0 ? { points: 1 } : {}) },
      { pageNumber, kind: 'highlight', x: 0.2, y: y + 0.06, width: 0.45, height: 0.02 },
      { pageNumber, kind: 'tick', x: 0.12, y: y + 0.1, width: 0.03, height: 0.02 },
    ]
  })
  const once: Annotation[] = [
    { pageNumber: 1, kind: 'cross', x: 0.12, y: 0.84, width: 0.03, height: 0.02, points: -0.25 },
    { pageNumber: Math.min(2, pages), kind: 'box', x: 0.18, y: 0.8, width: 0.5, height: 0.05 },
    { pageNumber: Math.min(3, pages), kind: 'text', x: 0.2, y: 0.9, text: REMARKS[index % 2] ?? '' },
    { pageNumber: pages, kind: 'ink', strokes: drawUnderline(0.2, 0.88) },
  ]
  return [...everyPage.flat(), ...once]
}

/** A line as a hand draws it, and the dot after it. */
function drawUnderline(x: number, y: number) {
  const line = Array.from({ length: 60 }, (_, i) => ({ x: x + i * 0.006, y: y + 0.004 * Math.sin(i / 2) }))
  return [line, [{ x: x + 0.38, y }]]
}

async function scoreCopy(marker: Client, path: string, lockToken: string, index: number): Promise<void> {
  const sheet = await marker.get(`${path}/scores`, scoreSheetView)
  const items = sheet.items.filter((item) => item.maxPoints !== null)
  for (const [place, item] of items.entries()) {
    const share = [0.9, 0.6, 0.75, 0.5][(place + index) % 4] ?? 1
    const step = item.step ?? 1
    const points = Math.floor(((item.maxPoints ?? 0) * share) / step) * step
    await marker.send(
      {
        method: 'PUT',
        path: `${path}/scores/${item.itemId}`,
        body: { points },
        lockToken,
        version: item.version,
      },
      scoreSheetView,
    )
  }
}

const FINALIZE_PATIENCE_MS = 10 * MINUTE

async function awaitEnd(marker: Client, path: string) {
  for (let waited = 0; waited < FINALIZE_PATIENCE_MS; waited += 100) {
    const state = await marker.get(`${path}/finalize`, finalizationView)
    if (state.status !== 'GRADING_IN_PROGRESS') return state
    await sleep(100)
  }
  throw new AppError('demo-finalize-hangs', { title: 'The finalization did not end within ten minutes.' })
}
