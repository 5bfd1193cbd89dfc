import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { armFaultPoints } from '../platform/fault-points.ts'

/** Stops this process for a moment when its database was killed, so that the very next statement meets the fault. */
const AFTERMATH_MS = 300

/**
 * Arms the fault points with a file that a test writes: `<point> <times> <pid or self>`. When the point is passed, the
 * process of that number is killed, or this one; the file counts down and goes with the last time.
 */
export function armFaults(path: string): void {
  armFaultPoints((point) => {
    const [name, times, target] = readOrder(path)
    if (name !== point) return
    const left = Number(times) - 1
    if (left > 0) writeFileSync(path, `${name} ${left} ${target}`)
    else rmSync(path, { force: true })
    process.kill(target === 'self' ? process.pid : Number(target), 'SIGKILL')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AFTERMATH_MS)
  })
}

function readOrder(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').trim().split(' ')
  } catch {
    // No order: the point is passed.
    return []
  }
}
