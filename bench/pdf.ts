import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { rasterizeDocument } from '../src/pdf/engine.ts'
import { createEnginePool, type EnginePool } from '../src/pdf/engine-pool.ts'
import { median, numberAfter, report } from './measure.ts'
import { type Input, makeInputs } from './pdf/inputs.ts'
import { type Peer, startPeer } from './pdf/peer.ts'

// The import's work on a page, against PyMuPDF doing the like: page images and thumbnails on disk. Processor time of the
// engine's child process and of the peer's, user and system; both stay open, both are warmed up, and they take turns.

const ROUNDS = numberAfter('--rounds', 5)
const DPI = { scan: 150, vector: 200 } as const
const limits = { maxPages: 2_500, maxBytes: 536_870_912, maxPageMegapixels: 80 }
/** Kernel ticks a second in /proc, fixed for user space. */
const TICKS = 100

const folder = mkdtempSync(join(tmpdir(), 'paraph-bench-pdf-'))
const outputDirectory = join(folder, 'pages')
mkdirSync(outputDirectory)

function openPool(size: number): EnginePool {
  return createEnginePool({ workDirectory: join(folder, 'work'), size })
}

/** Processor time of the pool's children so far. */
function processorMs(pool: EnginePool): number {
  return pool.describe().processIds.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return sum + ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS
  }, 0)
}

async function runOurs(pool: EnginePool, { path }: Input, codePattern?: string): Promise<number> {
  const before = processorMs(pool)
  const task = {
    path,
    outputDirectory,
    limits,
    dpi: DPI.vector,
    ...(codePattern === undefined ? {} : { codePattern }),
  }
  const pages = await rasterizeDocument(pool, task)
  if (pages.some((page) => 'failed' in page)) throw new Error('a page failed: the figure would mean nothing')
  return processorMs(pool) - before
}

type Row = {
  readonly kind: 'jpeg' | 'bilevel' | 'vector'
  readonly input: Input
  readonly ours: number[]
  readonly withCodes: number[]
  readonly fitz: number[]
  readonly poppler: number[]
}

async function measure(pool: EnginePool, peer: Peer | undefined, rows: readonly Row[]): Promise<void> {
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { kind, input, ours, withCodes, fitz, poppler } of rows) {
      const keep = (list: number[], milliseconds: number) => {
        // The first round warms both sides up.
        if (round > 0) list.push(milliseconds / input.pages)
      }
      const task = {
        path: input.path,
        dpi: kind === 'vector' ? DPI.vector : DPI.scan,
        folder: outputDirectory,
      }
      keep(ours, await runOurs(pool, input))
      if (round === ROUNDS) keep(withCodes, await runOurs(pool, input, '{exam}-{copy}-{page}'))
      if (peer !== undefined) keep(fitz, await peer.run({ ...task, engine: 'fitz' }))
      // Only to look at: once is enough.
      if (round === ROUNDS && peer?.hasPdftoppm)
        keep(poppler, await peer.run({ ...task, engine: 'pdftoppm' }))
    }
    process.stderr.write(`round ${round} of ${ROUNDS}\n`)
  }
}

/** Wall time of two documents one after the other, by their time side by side. */
async function measureTwoWorkers(input: Input): Promise<number> {
  const ratios: number[] = []
  const [one, two] = [openPool(1), openPool(2)]
  const wall = async (pool: EnginePool) => {
    const before = performance.now()
    const folders = ['first', 'second'].map((name) => join(outputDirectory, name))
    for (const name of folders) mkdirSync(name, { recursive: true })
    const work = folders.map((name) =>
      rasterizeDocument(pool, { path: input.path, outputDirectory: name, limits }),
    )
    await Promise.all(work)
    return performance.now() - before
  }
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [alone, together] = [await wall(one), await wall(two)]
    if (round > 0) ratios.push(alone / together)
  }
  await Promise.all([one.close(), two.close()])
  return median(ratios)
}

/** The most memory a child ever held while it read the large file. */
async function measurePeak(input: Input): Promise<number> {
  const pool = openPool(1)
  await rasterizeDocument(pool, { path: input.path, outputDirectory, limits })
  const peaks = pool.describe().processIds.map((pid) => {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_024
  })
  await pool.close()
  return Math.max(...peaks)
}

const peer = await startPeer()
const pool = openPool(1)
try {
  const inputs = await makeInputs(folder)
  const rows = (['jpeg', 'bilevel', 'vector'] as const).flatMap((kind) =>
    inputs[kind].map((input): Row => ({ kind, input, ours: [], withCodes: [], fitz: [], poppler: [] })),
  )
  await measure(pool, peer, rows)
  const twoWorkers = await measureTwoWorkers(inputs.jpeg[0] as Input)
  const peakMib = await measurePeak(inputs.large)

  /** The median of the rounds' ratios, each of all files of a kind with the same weight for each. */
  const ratioOf = (kind: Row['kind']): number => {
    const chosen = rows.filter((row) => row.kind === kind && row.fitz.length > 0)
    const rounds = Array.from({ length: ROUNDS }, (_, round) => {
      const ratios = chosen.map(({ ours, fitz }) => (ours[round] ?? Number.NaN) / (fitz[round] ?? Number.NaN))
      return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
    })
    return median(rounds)
  }
  const known = (ratios: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(ratios).filter(([, ratio]) => Number.isFinite(ratio)))
  report({
    ratios: known({
      importJpeg: ratioOf('jpeg'),
      importBilevel: ratioOf('bilevel'),
      renderVector: ratioOf('vector'),
      twoWorkers,
      peakMib100Pages: peakMib,
    }),
    settings: {
      peer: peer?.version ?? 'absent',
      peerWrites: peer?.encodesJpeg === false ? 'raw PPM, which costs it no encoding' : 'JPEG q80',
      cores: String(availableParallelism()),
      rounds: String(ROUNDS),
    },
    rows: rows.map(({ kind, input, ours, withCodes, fitz, poppler }) => ({
      file: `${kind}: ${input.name}`,
      pages: input.pages,
      'KB/page': input.kbPerPage,
      'ours ms/page': median(ours).toFixed(1),
      spread: `${Math.min(...ours).toFixed(0)}–${Math.max(...ours).toFixed(0)}`,
      'with codes': median(withCodes).toFixed(1),
      PyMuPDF: median(fitz).toFixed(1),
      'its spread': `${Math.min(...fitz).toFixed(0)}–${Math.max(...fitz).toFixed(0)}`,
      pdftoppm: median(poppler).toFixed(1),
      ratio: median(ours.map((ms, round) => ms / (fitz[round] ?? Number.NaN))).toFixed(2),
    })),
  })
} finally {
  peer?.close()
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
}
