import { readFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'

/**
 * How short of processor time this machine is, from 0 to 1: the part of the last ten seconds in which something had to
 * wait for a processor. Where the kernel does not tell, the work beyond what the processors can do, of the last minute.
 */
export async function readCpuPressure(): Promise<number> {
  // Kernels before 4.20, and those that were told not to, have no such file.
  const text = await readFile('/proc/pressure/cpu', 'latin1').catch(() => '')
  const percent = /^some avg10=(\d+\.\d+)/m.exec(text)?.[1]
  if (percent !== undefined) return Number(percent) / 100
  const perProcessor = (loadavg()[0] ?? 0) / availableParallelism()
  return Math.min(1, Math.max(0, perProcessor - 1))
}
