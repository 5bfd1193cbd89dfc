import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'

/** Kernel ticks a second in /proc, fixed for user space. */
const TICKS = 100

/** Milliseconds of processor time, user and system: of all, and of the living ones that run at our own priority. */
export type ProcessorTime = { readonly allMs: number; readonly usualMs: number }

/**
 * What processes and the children that they have waited for have used so far. One that ends between two readings is
 * counted in its parent, as long as that is among them.
 */
export function readProcessorTime(pids: readonly number[]): ProcessorTime {
  const times = pids.map(readStat)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return {
    allMs: sum(times.map(({ ownMs, endedMs }) => ownMs + endedMs)),
    usualMs: sum(times.map(({ ownMs, nice }) => (nice === getPriority() ? ownMs : 0))),
  }
}

export function minus(after: ProcessorTime, before: ProcessorTime): ProcessorTime {
  return { allMs: after.allMs - before.allMs, usualMs: after.usualMs - before.usualMs }
}

/** A process and its living descendants. */
export function treeOf(pid: number): readonly number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`)
  return [pid, ...text.trim().split(' ').filter(Boolean).map(Number).flatMap(treeOf)]
}

function readStat(pid: number): { ownMs: number; endedMs: number; nice: number } {
  // From the third field on: the name before it may hold anything.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  const ticks = (from: number) => Number(fields[from] ?? 0) + Number(fields[from + 1] ?? 0)
  return {
    ownMs: (ticks(11) * 1_000) / TICKS,
    endedMs: (ticks(13) * 1_000) / TICKS,
    nice: Number(fields[16] ?? 0),
  }
}

/** Nothing of a process that is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
