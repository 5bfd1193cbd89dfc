import { writeSync } from 'node:fs'
import { type OnWriteError, writeErrorReason } from './write-errors.ts'

const STANDARD_OUTPUT = 1
/** How long a reader that does not read may hold up the process. */
const PATIENCE_MS = 5_000
const RETRY_EVERY_MS = 2

/**
 * Standard output as a destination of log lines, for containers. `process.stdout` keeps what a full pipe does not take
 * and loses it on exit, and an error event of it would end the process; here a line is written before `write` returns.
 * A full pipe is waited for; when its reader has not read for 5 s, lines are left out until it reads again. A line that
 * is left out, or written to a reader that is gone (`EPIPE`), is counted by `onWriteError`. Never throws.
 */
export function openStandardOutput(options: { onWriteError?: OnWriteError; patienceMs?: number } = {}): {
  write(line: string): void
} {
  const patienceMs = options.patienceMs ?? PATIENCE_MS
  let isStalled = false
  let isTorn = false

  function write(line: string): void {
    const bytes = Buffer.from(isTorn ? `\n${line}` : line)
    let written = 0
    try {
      while (written < bytes.length) {
        written += writeWithin(bytes.subarray(written), isStalled ? 0 : patienceMs)
        isStalled = false
      }
      isTorn = false
    } catch (error) {
      isStalled = isFull(error)
      // Up to 4,096 bytes a pipe takes all or nothing; what follows part of a longer line begins a new one.
      isTorn ||= written > 0
      options.onWriteError?.(writeErrorReason(error))
    }
  }
  return { write }
}

/** Writes what the reader takes, at least one byte; throws `EAGAIN` when it takes nothing for so long. */
function writeWithin(bytes: Buffer, patienceMs: number): number {
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return writeSync(STANDARD_OUTPUT, bytes)
    } catch (error) {
      if (!isFull(error) || performance.now() >= deadline) throw error
      sleep(RETRY_EVERY_MS)
    }
  }
}

function isFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN'
}

const clock = new Int32Array(new SharedArrayBuffer(4))
function sleep(ms: number): void {
  Atomics.wait(clock, 0, 0, ms)
}
