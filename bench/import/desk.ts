import { setTimeout as sleep } from 'node:timers/promises'
import { importScan, type Staff } from '../../test/support/builders.ts'
import type { Answer } from '../../test/support/client.ts'
import { makeScan } from '../../test/support/scans.ts'

/** What a marker asks for, again and again in this order. */
const ROUND = [
  'image',
  'annotate',
  'score',
  'image',
  'annotate',
  'lock',
  'image',
  'score',
  'annotate',
  'image',
] as const
export type Kind = (typeof ROUND)[number]
export type Sample = { readonly kind: Kind; readonly milliseconds: number }

export type Desk = {
  /**
   * Marks at a steady pace until `isOver`. What is timed begins when its turn has come, not when it could be sent: a
   * service that answers late is asked no less.
   */
  work(pacePerSecond: number, isOver: () => boolean): Promise<Sample[]>
}

const PAGES = 4

/** A marker with two copies: one that is locked and marked, and one that is taken and given back. */
export async function openDesk(staff: Staff): Promise<Desk> {
  const { admin, marker, examId } = staff
  const { batch } = await importScan(staff, { scan: await makeScan(2, PAGES), pagesPerCopy: PAGES })
  const [copy, other] = batch.copies.map((id: string) => `/api/copies/${id}`) as [string, string]
  for (const path of [copy, other]) expectStatus(await admin.post(`${path}/validate`), 200)
  expectStatus(await admin.post(`/api/exams/${examId}/dispatch`), 200)
  const lockToken: string = expectStatus(await marker.post(`${copy}/lock`), 200).body.token
  const sheet = expectStatus(await marker.get(`${copy}/scores`), 200).body
  const item = sheet.items.find((row: { maxPoints: number | null }) => row.maxPoints !== null)
  let scoreVersion: number = item.version
  let page = 0
  let annotation: { id: string; version: number } | undefined
  let otherToken: string | undefined

  const deeds: Readonly<Record<Kind, () => Promise<void>>> = {
    image: async () => {
      page = (page % PAGES) + 1
      expectStatus(await marker.get(`${copy}/pages/${page}?size=screen`), 200)
    },
    annotate: async () => {
      if (annotation) {
        const { id, version } = annotation
        annotation = undefined
        expectStatus(await marker.call('DELETE', `${copy}/annotations/${id}`, { version, lockToken }), 204)
        return
      }
      const body = { kind: 'comment', pageNumber: 1, x: 0.4, y: 0.6, text: 'À justifier' }
      annotation = expectStatus(await marker.post(`${copy}/annotations`, { body, lockToken }), 201).body
    },
    score: async () => {
      const body = { points: 1 + (scoreVersion % 2) }
      const request = { body, version: scoreVersion, lockToken }
      expectStatus(await marker.call('PUT', `${copy}/scores/${item.itemId}`, request), 200)
      scoreVersion += 1
    },
    lock: async () => {
      const token = otherToken
      otherToken = undefined
      if (token) expectStatus(await marker.post(`${other}/unlock`, { lockToken: token }), 200)
      else otherToken = expectStatus(await marker.post(`${other}/lock`), 200).body.token
    },
  }
  return {
    work: async (pacePerSecond, isOver) => {
      const started = performance.now()
      const samples: Sample[] = []
      // Two writes of a kind build on one another: the second is sent when the first is answered, and waits.
      const last = new Map<Kind, Promise<void>>()
      for (let turn = 0; !isOver(); turn += 1) {
        const due = started + (turn * 1_000) / pacePerSecond
        await sleep(Math.max(0, due - performance.now()))
        const kind = ROUND[turn % ROUND.length] as Kind
        const before = kind === 'image' ? Promise.resolve() : (last.get(kind) ?? Promise.resolve())
        const done = before.then(deeds[kind]).then(() => {
          samples.push({ kind, milliseconds: performance.now() - due })
        })
        // Awaited below; until then a failure must not count as unhandled.
        done.catch(() => undefined)
        last.set(kind, kind === 'image' ? Promise.all([last.get(kind), done]).then(() => undefined) : done)
        last.get(kind)?.catch(() => undefined)
      }
      await Promise.all(last.values())
      return samples
    },
  }
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer
  throw new Error(`${answer.status} ${answer.body?.code}: the figure would mean nothing`)
}
