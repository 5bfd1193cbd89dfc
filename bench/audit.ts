import { integrateBatch } from '../src/audit/integrate.ts'
import { readTree } from '../src/audit/integrate-store.ts'
import { createPublication } from '../src/audit/publish.ts'
import { readStream } from '../src/audit/read.ts'
import { openTileFiles } from '../src/audit/tile-files.ts'
import { rebuildFromTiles } from '../src/audit/tlog/rebuild.ts'
import { verifyLog } from '../src/audit/verify.ts'
import { withLogSnapshot } from '../src/audit/verify-store.ts'
import { runInBackground } from '../src/observability/background.ts'
import { systemClock } from '../src/platform/clock.ts'
import { LIFE_EVENTS, LONG_EVENTS, makeBacklog } from './audit/backlog.ts'
import { type BenchCopy, type BenchExam, makeExam } from './audit/copies.ts'
import { CLIENTS, describeSettings, type Installation, openInstallation } from './audit/installation.ts'
import { whileOrdering } from './audit/ordering.ts'
import { compareArms, openArms } from './audit/transactions.ts'
import { median, quantile, report } from './measure.ts'

// The audit log: what it costs a transaction, and how fast it is ordered, rebuilt, verified and read (product, §7).

const isQuick = process.argv.includes('--quick')
const EVENTS = isQuick ? 20_000 : 1_000_000
const PLAN = isQuick
  ? { rounds: 2, seconds: 1, warmUpSeconds: 1 }
  : { rounds: 7, seconds: 4, warmUpSeconds: 4 }
const LONG_STREAMS = 20

/** Wall and processor seconds of a piece of work in this process. */
async function clock<T>(work: () => Promise<T>) {
  const [begun, before] = [performance.now(), process.cpuUsage()]
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { value, seconds: (performance.now() - begun) / 1_000, cpuSeconds: (user + system) / 1e6 }
}

type Row = Record<'what' | 'value' | 'note', string>
const rows: Row[] = []
function tell(what: string, value: string, note = ''): void {
  rows.push({ what, value, note })
  process.stderr.write(`${what}: ${value} ${note}\n`)
}
const perSecond = (count: number, seconds: number) => `${Math.round(count / seconds)}/s`
const spread = (values: readonly number[]) =>
  `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)} in ${values.length} rounds`

/** The same work with and without its event; returns the ratio of their throughputs. */
async function measureTransactions(installation: Installation, exam: BenchExam): Promise<number> {
  const { arms, copies } = await openArms(installation, exam)
  const compared = await whileOrdering(installation, async () => ({
    many: await compareArms(installation, { arms, copies }, { ...PLAN, clients: CLIENTS }),
    one: await compareArms(
      installation,
      { arms: { bare: arms.bare, audited: arms.audited }, copies },
      { ...PLAN, clients: 1 },
    ),
  }))
  const pairs = [
    ['audited', 'bare', 'one statement and its event'],
    ['sealed', 'bare', 'the same with a sealed member'],
    ['auditedAnnotation', 'annotation', 'an annotation as the product makes it'],
  ] as const
  for (const [name, base, what] of pairs) {
    const ratios = compared.many.ratios(name, base)
    tell(`throughput of ${what}, to that without`, median(ratios).toFixed(3), spread(ratios))
  }
  for (const [clients, result] of [[CLIENTS, compared.many] as const, [1, compared.one] as const]) {
    const [p50, p99] = [0.5, 0.99].map((fraction) => result.addedMs('audited', 'bare', fraction).toFixed(2))
    tell(`added by the event, ${clients} clients`, `p50 ${p50} ms, p99 ${p99} ms`)
  }
  return median(compared.many.ratios('audited', 'bare'))
}

/** Empties the queue; returns events for each second of this process's own processor. */
async function measureIntegration({ integrator: db, keys }: Installation): Promise<number> {
  const { value, seconds, cpuSeconds } = await clock(() =>
    runInBackground(async () => {
      let events = 0
      for (let taken = -1; taken !== 0; events += taken) taken = (await integrateBatch({ db, keys })).taken
      return events
    }),
  )
  tell('integration of a backlog', perSecond(value, seconds), `${value} events in ${seconds.toFixed(1)} s`)
  tell('integration, by processor time of the worker', perSecond(value, cpuSeconds))
  return value / seconds
}

/** Publishes, then rebuilds the tree out of the published entries alone. */
async function measureRebuild(installation: Installation): Promise<number> {
  const { integrator: db, log, keysDirectory, tlogDirectory } = installation
  const files = openTileFiles(tlogDirectory)
  const publication = createPublication({
    db,
    log,
    keysDirectory,
    files,
    witnesses: [],
    clock: systemClock,
  })
  const published = await clock(() => runInBackground(() => publication.publishOnce()))
  const { size, root } = await readTree(db)
  tell('publication of the whole log', perSecond(size, published.seconds))
  const rebuilt = await clock(() => rebuildFromTiles(files.readTile, size))
  if (!rebuilt.value.equals(root)) throw new Error('another root: the figure would mean nothing')
  tell('rebuilding from published tiles, by processor time', perSecond(size, rebuilt.cpuSeconds))
  return size / rebuilt.cpuSeconds
}

async function measureVerification({ app, keys, log, tlogDirectory }: Installation): Promise<number> {
  const { readTile, readCheckpoint } = openTileFiles(tlogDirectory)
  const checkpoint = (await readCheckpoint()) ?? ''
  const { value, seconds } = await clock(() =>
    withLogSnapshot(app, (source) => verifyLog({ source, keys, log, published: { checkpoint, readTile } })),
  )
  if (value.findingCount > 0) process.stderr.write(`${JSON.stringify(value.findings.slice(0, 3))}\n`)
  tell('verification of everything', perSecond(value.size, seconds), `${value.findingCount} findings`)
  return value.size / seconds
}

async function measureTimeline({ app: db, keys }: Installation, long: readonly BenchCopy[]): Promise<void> {
  const times: number[] = []
  for (let turn = 0; turn < 20; turn += 1) {
    for (const { streamRef } of long) {
      const begun = performance.now()
      let seen = 0
      for (let afterSeq: number | undefined = 0; afterSeq !== undefined; ) {
        const page = await readStream({ db, keys }, { streamRef, afterSeq, mayUnseal: true })
        seen += page.events.length
        afterSeq = page.nextAfter
      }
      if (seen !== LONG_EVENTS) throw new Error('a stream is not whole: the figure would mean nothing')
      times.push(performance.now() - begun)
    }
  }
  const cold = times.slice(0, long.length)
  tell(
    `timeline of ${LONG_EVENTS} events`,
    `p95 ${quantile(times.slice(long.length), 0.95).toFixed(1)} ms`,
    `first reading p95 ${quantile(cold, 0.95).toFixed(1)} ms`,
  )
}

const installation = await openInstallation()
try {
  for (const [name, value] of Object.entries(await describeSettings(installation))) tell(name, value)
  const exam = await makeExam(installation)
  const auditedTransaction = await measureTransactions(installation, exam)
  const lives = Math.max(1, Math.ceil((EVENTS - LONG_STREAMS * LONG_EVENTS) / LIFE_EVENTS))
  const long = await makeBacklog(installation, exam, { lives, long: LONG_STREAMS })
  const integrate = await measureIntegration(installation)
  const rebuild = await measureRebuild(installation)
  const verify = await measureVerification(installation)
  await installation.restart()
  await measureTimeline(installation, long)
  report({ ratios: { auditedTransaction }, rates: { integrate, rebuild, verify }, rows })
} finally {
  await installation.close()
}
