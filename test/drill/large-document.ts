import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { until } from '../support/builders.ts'
import { makePdf, textPage } from '../support/pdfs.ts'
import { formOf } from '../support/scans.ts'
import type { Fault } from './fault.ts'
import { isQuick, keepGoing } from './traffic.ts'
import type { World } from './world.ts'

/** So many that they are still being read when somebody looks, however quickly a page is drawn. */
const PAGES = 1_000
const LIMITS = { PARAPH_PAGE_TIMEOUT_SECONDS: '600', PARAPH_DOCUMENT_TIMEOUT_SECONDS: '600' }

/** Answers are to take so long: more than the alert allows, and less than those who ask for metrics wait. */
const WANTED_MS = { least: 1_400, most: 2_400 } as const
const MOST_HOGS = 24

/**
 * A document that takes the machine. The PDF processes are kept from doing so by their low priority, so that others
 * stand in for them, which end with the worker: on one processor, to which the api is confined with the PDF processes,
 * as many as it takes to make it slow. Whoever looks what is wrong has the rest.
 */
export function largeDocument(): Fault {
  return {
    scenario: 'high-latency',
    cause: 'large-document',
    how: 'processor-taken',
    alert: 'ParaphHighLatency',
    inject: async (world) => {
      await world.restart('worker', LIMITS)
      const { admin, marker, examId } = await world.newExam()
      const form = await formOf(makePdf(Array.from({ length: PAGES }, () => textPage('Page'))), 'scan.pdf')
      const batch: string = (await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, { form })).body
        .id
      for (const pid of [world.pid('api'), ...world.enginePids()]) confine(pid)
      const waits = measureWaits(() => marker.get('/api/my/copies'))
      const stopTraffic = keepGoing(waits.measure, { everyMs: 50, lanes: 20 })
      const stopHogs = keepSlow(world, waits.medianMs)
      return async () => {
        await stopHogs()
        await stopTraffic()
        await world.restart('api')
        await world.restart('worker', LIMITS)
        await world.paraph(
          ...['repair', 'resume-queue', '--queue', 'import-batch', '--reason', 'cause-removed', '--yes'],
        )
        await until(async () => {
          const { status } = (await admin.get(`/api/batches/${batch}`)).body
          return status === 'IMPORTED' || status === 'FAILED' ? status : undefined
        }, 120_000)
        await world.restart('worker')
      }
    },
    isOver: ({ admin }) => isQuick(admin),
  }
}

/** How long requests take, those included that are still under way. */
function measureWaits(ask: () => Promise<unknown>) {
  const ended: number[] = []
  const begun = new Set<number>()
  return {
    measure: async (): Promise<void> => {
      const start = performance.now()
      begun.add(start)
      try {
        await ask()
      } finally {
        begun.delete(start)
        ended.push(performance.now() - start)
        if (ended.length > 8) ended.shift()
      }
    },
    medianMs: (): number => {
      const now = performance.now()
      const all = [...ended, ...[...begun].map((start) => now - start)].sort((a, b) => a - b)
      return all[all.length >> 1] ?? 0
    },
  }
}

/** Keeps a processor busy, beside the document that this worker reads, so that answers take as long as wanted. */
function keepSlow(world: World, medianMs: () => number): () => Promise<void> {
  const worker = world.pid('worker')
  const hogs: ChildProcess[] = []
  const stop = keepGoing(
    async () => {
      if (world.pid('worker') !== worker) return endAll(hogs)
      if (medianMs() < WANTED_MS.least && hogs.length < MOST_HOGS) hogs.push(startHog())
      else if (medianMs() > WANTED_MS.most) hogs.pop()?.kill('SIGKILL')
      return true
    },
    { everyMs: 500 },
  )
  return async () => {
    await stop()
    endAll(hogs)
  }
}

function startHog(): ChildProcess {
  const hog = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  if (hog.pid !== undefined) confine(hog.pid)
  return hog
}

/** To the first processor, with all its threads. */
function confine(pid: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0', String(pid)], { stdio: 'ignore' })
}

function endAll(hogs: ChildProcess[]): false {
  for (const hog of hogs.splice(0)) hog.kill('SIGKILL')
  return false
}
