import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeSampleScan } from '../src/pdf/sample-scan.ts'
import { type Desk, type Kind, openDesk, type Sample } from './import/desk.ts'
import { type Installation, openInstallation } from './import/installation.ts'
import { minus } from './import/processor-time.ts'
import { upload } from './import/upload.ts'
import { median, numberAfter, quantile, report } from './measure.ts'

// What the import of 100 pages is to whoever uploads it and to whoever marks meanwhile. In each round: an import alone,
// marking alone, and marking beside an import.

const ROUNDS = numberAfter('--rounds', 3)
const IDLE_SECONDS = numberAfter('--seconds', 20)
const PACE = numberAfter('--pace', 10)
const PAGES_PER_COPY = 4
const PAGES = numberAfter('--pages', 100)
const WARM_UP_SECONDS = 5
const LOOK_EVERY_MS = 100

type Import = {
  readonly answerMs: number
  readonly wallMs: number
  readonly processorMs: Readonly<Record<'engine' | 'worker' | 'database' | 'api', number>>
}

/** Uploads the scan and waits until its copies are there. The clock begins with the answer to the upload. */
async function importScan(installation: Installation, scan: Uint8Array): Promise<Import> {
  const before = await installation.measureProcessors()
  const query = `pagesPerCopy=${PAGES_PER_COPY}&duplicate=allow`
  const { batchId, answerMs } = await upload(installation, scan, query)
  const begun = performance.now()
  for (;;) {
    const { body } = await installation.staff.admin.get(`/api/batches/${batchId}`)
    if (body.status === 'FAILED') throw new Error(`the import failed with ${body.errorCode}`)
    if (body.status === 'IMPORTED') break
    await sleep(LOOK_EVERY_MS)
  }
  const wallMs = performance.now() - begun
  const after = await installation.measureProcessors()
  const worker = minus(after.worker, before.worker)
  const processorMs = {
    // The PDF processes, those included that were replaced meanwhile.
    engine: worker.allMs - worker.usualMs,
    worker: worker.usualMs,
    database: minus(after.database, before.database).allMs,
    api: minus(after.api, before.api).allMs,
  }
  return { answerMs, wallMs, processorMs }
}

function markFor(desk: Desk, seconds: number): Promise<Sample[]> {
  const until = performance.now() + seconds * 1_000
  return desk.work(PACE, () => performance.now() > until)
}

async function markBesideImport(
  installation: Installation,
  desk: Desk,
  scan: Uint8Array,
): Promise<{ readonly samples: Sample[]; readonly wallMs: number }> {
  let isOver = false
  const importing = importScan(installation, scan).finally(() => {
    isOver = true
  })
  const [{ wallMs }, samples] = await Promise.all([importing, desk.work(PACE, () => isOver)])
  return { samples, wallMs }
}

type Round = {
  readonly alone: Import
  readonly idle: readonly Sample[]
  readonly busy: readonly Sample[]
  readonly busyWallMs: number
}

const KINDS = ['image', 'annotate', 'score', 'lock'] as const satisfies readonly Kind[]
const times = (samples: readonly Sample[], kind?: Kind) =>
  samples
    .filter((sample) => kind === undefined || sample.kind === kind)
    .map(({ milliseconds }) => milliseconds)

const scan = await makeSampleScan({ seed: 7, copies: PAGES / PAGES_PER_COPY, pagesPerCopy: PAGES_PER_COPY })
const installation = await openInstallation()
try {
  const desk = await openDesk(installation.staff)
  await importScan(installation, scan)
  await markFor(desk, WARM_UP_SECONDS)
  const rounds: Round[] = []
  for (let round = 1; round <= ROUNDS; round += 1) {
    const alone = await importScan(installation, scan)
    const idle = await markFor(desk, IDLE_SECONDS)
    const { samples: busy, wallMs: busyWallMs } = await markBesideImport(installation, desk, scan)
    rounds.push({ alone, idle, busy, busyWallMs })
    process.stderr.write(`round ${round} of ${ROUNDS}\n`)
  }

  const ratioAt = (fraction: number) =>
    rounds.map(({ idle, busy }) => quantile(times(busy), fraction) / quantile(times(idle), fraction))
  const perPage = (of: (round: Round) => number) => median(rounds.map((round) => of(round) / PAGES))
  const cpu = (part: keyof Import['processorMs']) => perPage(({ alone }) => alone.processorMs[part])
  const spread = (values: readonly number[], digits = 0) =>
    `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`
  const [idle, busy] = [rounds.flatMap((round) => round.idle), rounds.flatMap((round) => round.busy)]
  report({
    ratios: {
      markingP50BesideImport: median(ratioAt(0.5)),
      markingP95BesideImport: median(ratioAt(0.95)),
      uploadAnswerMs: median(rounds.map(({ alone }) => alone.answerMs)),
      importWallMsPerPage: perPage(({ alone }) => alone.wallMs),
      importWallMsPerPageBesideMarking: perPage(({ busyWallMs }) => busyWallMs),
      engineCpuMsPerPage: cpu('engine'),
      workerCpuMsPerPage: cpu('worker'),
      databaseCpuMsPerPage: cpu('database'),
      apiCpuMsPerPage: cpu('api'),
    },
    settings: {
      cores: String(availableParallelism()),
      rounds: String(ROUNDS),
      pages: String(PAGES),
      scanMib: (scan.length / 2 ** 20).toFixed(1),
      requestsPerSecond: String(PACE),
      ratioP50Spread: spread(ratioAt(0.5), 2),
      ratioP95Spread: spread(ratioAt(0.95), 2),
      uploadAnswerMsSpread: spread(rounds.map(({ alone }) => alone.answerMs)),
      importWallMsPerPageSpread: spread(rounds.map(({ alone }) => alone.wallMs / PAGES)),
    },
    rows: [undefined, ...KINDS].map((kind) => ({
      request: kind ?? 'all',
      'p50 idle': quantile(times(idle, kind), 0.5).toFixed(1),
      'p95 idle': quantile(times(idle, kind), 0.95).toFixed(1),
      'p50 beside': quantile(times(busy, kind), 0.5).toFixed(1),
      'p95 beside': quantile(times(busy, kind), 0.95).toFixed(1),
      'worst beside': Math.max(...times(busy, kind)).toFixed(0),
      'idle n': times(idle, kind).length,
      'beside n': times(busy, kind).length,
    })),
  })
} finally {
  await installation.close()
}
