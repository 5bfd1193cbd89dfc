import { type AppendEvent, createAppendEvent } from '../../src/audit/append.ts'
import { updateCopy } from '../../src/copies/store.ts'
import { createAnnotation } from '../../src/marking/annotate.ts'
import { runInContext } from '../../src/observability/context.ts'
import { Sensitive } from '../../src/observability/sensitive.ts'
import { inTransaction, type Tx } from '../../src/platform/database.ts'
import { newId, newRef } from '../../src/platform/ids.ts'
import { median, quantile } from '../measure.ts'
import { type BenchCopy, type BenchExam, makeLockedCopies } from './copies.ts'
import { CLIENTS, type Installation } from './installation.ts'
import { untilOrdered } from './ordering.ts'

/** One way of doing the work: a piece of it on one copy. */
type Arm = (copy: BenchCopy) => Promise<unknown>
type Arms<Name extends string> = Readonly<Record<Name, Arm>>

type Run = { readonly perSecond: number; readonly latencies: readonly number[] }
export type Compared<Name extends string> = {
  perSecond(name: Name): number
  /** Throughput of `name` by that of `base`, round by round. */
  ratios(name: Name, base: Name): readonly number[]
  /** What `name` adds to the latency of `base`, in milliseconds. */
  addedMs(name: Name, base: Name, fraction: number): number
}

/** Fewer copies than the keys of streams that a process remembers, so many that no two clients meet. */
const COPIES = 50 * CLIENTS

/**
 * The same work with and without its event, on the same rows. `bare`: the statement with which the product changes a
 * copy and takes the next place of its stream, in a transaction. `annotation`: the product's own use case, which takes
 * the copy, checks its lease, and stores an annotation; without its event, nothing else is missing.
 */
export async function openArms(installation: Installation, exam: BenchExam) {
  const { app: db, keys } = installation
  const lockToken = newRef()
  const copies = await makeLockedCopies(installation, exam, { copies: COPIES, lockToken })
  const appendEvent = createAppendEvent({ keys })
  const { accountId, actorRef } = exam
  const session = { accountId, actorRef, role: 'admin' } as const
  const actor = { kind: 'user', id: accountId, ref: actorRef, role: 'admin' } as const
  const token = new Sensitive<string>(lockToken)

  const inRequest = <T>(work: () => Promise<T>) => runInContext({ requestId: newId(), actor }, work)
  const change =
    (append: (tx: Tx, copy: BenchCopy, seq: number) => Promise<void>) =>
    (copy: BenchCopy): Promise<number> =>
      inRequest(() =>
        inTransaction(db, async (tx) => {
          const seq = await updateCopy(tx, copy.id, {}, 1)
          await append(tx, copy, seq)
          return seq
        }),
      )
  const annotate =
    (append: AppendEvent): Arm =>
    ({ id: copyId }) => {
      const place = { pageNumber: 1, x: 0.1, y: 0.1, width: 0.2, height: 0.1 }
      const annotation = { kind: 'comment', text: 'Voir la marge', ...place } as const
      const deps = { db, appendEvent: append, lockSeconds: 1_800 }
      return inRequest(() => createAnnotation(deps, session, { copyId, lockToken: token, annotation }))
    }
  const placeOf = (copy: BenchCopy, seq: number) =>
    ({ stream: { kind: 'copy', ref: copy.streamRef, seq }, examRef: exam.ref }) as const

  return {
    copies,
    arms: {
      bare: change(async () => undefined),
      audited: change((tx, copy, seq) => {
        const metadata = { annotation_id: newId(), page: 1, kind: 'comment' }
        return appendEvent(tx, { action: 'CREATE_ANN', metadata, ...placeOf(copy, seq) })
      }),
      sealed: change((tx, copy, seq) => {
        const metadata = { item_ref: newId(), version: 1, points: new Sensitive(150) }
        return appendEvent(tx, { action: 'SCORE', metadata, ...placeOf(copy, seq) })
      }),
      annotation: annotate(async () => undefined),
      auditedAnnotation: annotate(appendEvent),
    },
  }
}

/**
 * Lets the arms take turns on the same copies. Which one begins changes with each round, so that what grows and what
 * disturbs the machine meets all of them; no arm begins before the events of the others are in the tree.
 */
export async function compareArms<Name extends string>(
  installation: Installation,
  { arms, copies }: { arms: Arms<Name>; copies: readonly BenchCopy[] },
  plan: { clients: number; rounds: number; seconds: number; warmUpSeconds: number },
): Promise<Compared<Name>> {
  const names = Object.keys(arms) as Name[]
  const runs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Run[]>
  for (const name of names) await load(arms[name], copies, plan.clients, plan.warmUpSeconds)
  for (let round = 0; round < plan.rounds; round += 1) {
    const first = round % names.length
    const turn = [...names.slice(first), ...names.slice(0, first)]
    for (const name of round % 2 === 0 ? turn : turn.toReversed()) {
      await untilOrdered(installation)
      runs[name].push(await load(arms[name], copies, plan.clients, plan.seconds))
    }
    process.stderr.write(`  ${plan.clients} clients: round ${round + 1} of ${plan.rounds}\n`)
  }
  const latencyOf = (name: Name, fraction: number) =>
    median(runs[name].map(({ latencies }) => quantile(latencies, fraction)))
  return {
    perSecond: (name) => Math.round(median(runs[name].map(({ perSecond }) => perSecond))),
    ratios: (name, base) =>
      runs[name].map(({ perSecond }, round) => perSecond / (runs[base][round]?.perSecond ?? Number.NaN)),
    addedMs: (name, base, fraction) => latencyOf(name, fraction) - latencyOf(base, fraction),
  }
}

/** Clients without pause, each on copies of its own. */
async function load(work: Arm, copies: readonly BenchCopy[], clients: number, seconds: number): Promise<Run> {
  const begun = performance.now()
  const end = begun + seconds * 1_000
  const latencies: number[] = []
  const client = async (first: number): Promise<void> => {
    for (let i = first; performance.now() < end; i += clients) {
      const begunAt = performance.now()
      await work(copies[i % copies.length] as BenchCopy)
      latencies.push(performance.now() - begunAt)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)))
  return { perSecond: (latencies.length * 1_000) / (performance.now() - begun), latencies }
}
