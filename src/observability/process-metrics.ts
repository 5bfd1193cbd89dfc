import { readdirSync, readFileSync } from 'node:fs'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { collectAtScrape } from './collector.ts'
import { watchEventLoop } from './event-loop.ts'
import { defineCounter, defineGauge, defineHistogram, type Reading } from './metrics.ts'

// The names are those that dashboards for Node know. The library's own collection is not used: it fails the linter of
// Prometheus, its label values are open, and it makes more than a hundred series.
const both = { exposedBy: 'both', labels: {} } as const

const cpuUser = defineCounter({
  ...both,
  name: 'process_cpu_user_seconds_total',
  help: 'CPU time spent in user mode.',
})
const cpuSystem = defineCounter({
  ...both,
  name: 'process_cpu_system_seconds_total',
  help: 'CPU time spent in the kernel.',
})
const cpu = defineCounter({ ...both, name: 'process_cpu_seconds_total', help: 'CPU time spent.' })
const startTime = defineGauge({
  ...both,
  name: 'process_start_time_seconds',
  help: 'When the process started, in seconds since the epoch.',
})
const residentMemory = defineGauge({
  ...both,
  name: 'process_resident_memory_bytes',
  help: 'Resident memory.',
})
const openFds = defineGauge({ ...both, name: 'process_open_fds', help: 'Open file descriptors.' })
const maxFds = defineGauge({ ...both, name: 'process_max_fds', help: 'How many may be open.' })
const heapTotal = defineGauge({
  ...both,
  name: 'nodejs_heap_size_total_bytes',
  help: 'Heap that V8 has taken.',
})
const heapUsed = defineGauge({ ...both, name: 'nodejs_heap_size_used_bytes', help: 'Heap that is in use.' })
const externalMemory = defineGauge({
  ...both,
  name: 'nodejs_external_memory_bytes',
  help: 'Memory of buffers and the like, outside of the heap.',
})
const gcDuration = defineHistogram({
  name: 'nodejs_gc_duration_seconds',
  help: 'Garbage collections by kind.',
  exposedBy: 'both',
  labels: { kind: ['minor', 'major', 'incremental', 'weakcb'] },
  buckets: [0.01, 0.1, 1],
})

const GAUGES = [startTime, residentMemory, openFds, maxFds, heapTotal, heapUsed, externalMemory] as const

const KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
] as const)

/**
 * Measures CPU, memory, garbage collection, event loop and file descriptors of this process from now on;
 * `eventLoopPeriodMs` as for `watchEventLoop`.
 */
export function startProcessMetrics(eventLoopPeriodMs?: number): void {
  let before = { user: 0, system: 0 }
  collectAtScrape({
    name: 'process',
    gauges: GAUGES,
    read: () => {
      const now = process.cpuUsage()
      const [user, system] = [(now.user - before.user) / 1e6, (now.system - before.system) / 1e6]
      before = now
      cpuUser.inc({}, user)
      cpuSystem.inc({}, system)
      cpu.inc({}, user + system)
      return [...readMemory(), ...readDescriptors(), startTime.at({}, performance.timeOrigin / 1_000)]
    },
  })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as { detail?: { kind?: number } }
      const kind = KINDS.get(detail?.kind ?? 0)
      if (kind) gcDuration.observe({ kind }, entry.duration / 1_000)
    }
  }).observe({ entryTypes: ['gc'] })
  watchEventLoop(eventLoopPeriodMs)
}

function readMemory(): readonly Reading[] {
  const memory = process.memoryUsage()
  return [
    residentMemory.at({}, memory.rss),
    heapTotal.at({}, memory.heapTotal),
    heapUsed.at({}, memory.heapUsed),
    externalMemory.at({}, memory.external),
  ]
}

/** Nothing where the system has no /proc. */
function readDescriptors(): readonly Reading[] {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    // One of them is that of the folder itself, while it is read.
    const open = openFds.at({}, readdirSync('/proc/self/fd').length - 1)
    return limit === undefined ? [open] : [open, maxFds.at({}, Number(limit))]
  } catch {
    return []
  }
}
