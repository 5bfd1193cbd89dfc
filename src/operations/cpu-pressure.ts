import { readFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const SAMPLE_MS = 500

/**
 * How short of processor time this machine is, from 0 to 1: the part of the last ten seconds, or of the next half second if
 * that is more, in which something had to wait for a processor. The ten seconds alone are late to
 * tell of a shortage that has just begun. Where the kernel does not tell, the work beyond what the processors can do, of
 * the last minute.
 */
export async function readCpuPressure(): Promise<number> {
  const [first, startedAt] = [await readStall(), performance.now()]
  if (first === undefined) return readLoad()
  await sleep(SAMPLE_MS)
  const second = (await readStall()) ?? first
  const recent = (second.totalMs - first.totalMs) / (performance.now() - startedAt)
  return Math.min(1, Math.max(second.share, recent))
}

async function readStall(): Promise<{ readonly share: number; readonly totalMs: number } | undefined> {
  // Kernels before 4.20, and those that were told not to, have no such file.
  const text = await readFile('/proc/pressure/cpu', 'latin1').catch(() => '')
  const [, percent, micros] = /^some avg10=(\d+\.\d+) .*total=(\d+)/m.exec(text) ?? []
  if (percent === undefined) return undefined
  return { share: Number(percent) / 100, totalMs: Number(micros) / 1_000 }
}

function readLoad(): number {
  const perProcessor = (loadavg()[0] ?? 0) / availableParallelism()
  return Math.min(1, Math.max(0, perProcessor - 1))
}
