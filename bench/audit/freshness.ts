import { setTimeout as sleep } from 'node:timers/promises'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { parseCheckpoint } from '../../src/audit/tlog/checkpoint.ts'
import { parseNote } from '../../src/audit/tlog/note.ts'
import { quantile } from '../measure.ts'
import type { BenchCopy } from './copies.ts'
import type { Installation } from './installation.ts'

export type Freshness = { readonly transactions: number; readonly p50Ms: number; readonly p99Ms: number }

type Commit = { readonly copy: BenchCopy; readonly seq: number; readonly at: number }
/** A checkpoint of `size` leaves lay there at `at`. */
type Sighting = { readonly size: number; readonly at: number }

/** How often the published checkpoint is looked at, and with it the resolution of the figure. */
const LOOK_EVERY_MS = 5
const PATIENCE_MS = 30_000

/**
 * From the moment that a client knows of its commit to the one when a checkpoint lies there that covers its event.
 * Transactions come at a steady pace, whether those before are done or not. `work` returns the event's number.
 */
export async function measureFreshness(
  installation: Installation,
  { work, copies }: { work: (copy: BenchCopy) => Promise<number>; copies: readonly BenchCopy[] },
  plan: { readonly perSecond: number; readonly seconds: number },
): Promise<Freshness> {
  const watch = watchCheckpoint(installation)
  const transactions = plan.perSecond * plan.seconds
  const begun = performance.now()
  const commits = Array.from({ length: transactions }, async (_, i): Promise<Commit> => {
    await sleep(Math.max(0, begun + (i * 1_000) / plan.perSecond - performance.now()))
    const copy = copies[i % copies.length] as BenchCopy
    const seq = await work(copy)
    return { copy, seq, at: performance.now() }
  })
  const committed = await Promise.all(commits)
  const indexes = await untilIndexed(installation, committed)
  const sightings = await watch.until(Math.max(...indexes) + 1)
  const delays = committed.map(({ at }, i) => {
    const covering = sightings.find(({ size }) => size > (indexes[i] as number))
    return (covering?.at ?? Number.NaN) - at
  })
  return { transactions, p50Ms: quantile(delays, 0.5), p99Ms: quantile(delays, 0.99) }
}

function watchCheckpoint({ tlogDirectory }: Installation) {
  const { readCheckpoint } = openTileFiles(tlogDirectory)
  const sightings: Sighting[] = []
  let size = 0
  const timer = setInterval(async () => {
    const note = await readCheckpoint()
    const head = note === undefined ? undefined : parseCheckpoint(parseNote(note).text)
    if (head === undefined || head.size <= size) return
    size = head.size
    sightings.push({ size, at: performance.now() })
  }, LOOK_EVERY_MS)
  return {
    /** What was seen until a checkpoint of so many leaves lay there. */
    until: async (leaves: number): Promise<readonly Sighting[]> => {
      const deadline = performance.now() + PATIENCE_MS
      while (size < leaves && performance.now() < deadline) await sleep(LOOK_EVERY_MS)
      clearInterval(timer)
      if (size < leaves) throw new Error('no checkpoint covers the last event')
      return sightings
    },
  }
}

/** The places of the events in the log, once they all have one. */
async function untilIndexed({ administer }: Installation, commits: readonly Commit[]): Promise<number[]> {
  const deadline = performance.now() + PATIENCE_MS
  const streams = commits.map(({ copy }) => copy.streamRef)
  const numbers = commits.map(({ seq }) => seq)
  for (;;) {
    const rows = await administer<{ index: number }>(
      `select l.leaf_index::int as index
         from unnest($1::uuid[], $2::int[]) with ordinality as t (stream_ref, seq, place)
         join audit_event e on e.stream_ref = t.stream_ref and e.seq = t.seq
         join audit_leaf l on l.event_id = e.id
        order by t.place`,
      [streams, numbers],
    )
    if (rows.length === commits.length) return rows.map(({ index }) => index)
    if (performance.now() > deadline) throw new Error('an event has no place in the log')
    await sleep(100)
  }
}
