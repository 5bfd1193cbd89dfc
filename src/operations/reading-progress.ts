import { MEBIBYTE, SECOND } from '../platform/units.ts'

const PATIENCE_MS = 1 * SECOND
const EVERY_MS = 100

/** Says how much has been read, in one line that changes in place: on a terminal only, and only when it takes long. */
export function showReading(stream: NodeJS.WriteStream): {
  tell(doneBytes: number, totalBytes: number): void
  end(): void
} {
  let next = performance.now() + PATIENCE_MS
  let isShown = false
  return {
    tell: (doneBytes, totalBytes) => {
      if (!stream.isTTY || performance.now() < next) return
      next = performance.now() + EVERY_MS
      isShown = true
      // The size of a pipe is not known.
      const total = totalBytes > 0 ? ` of ${inMebibytes(totalBytes)}` : ''
      stream.write(`\r\u001b[2Kreading logs: ${inMebibytes(doneBytes)}${total} MiB`)
    },
    end: () => {
      if (isShown) stream.write('\r\u001b[2K')
    },
  }
}

function inMebibytes(bytes: number): number {
  return Math.ceil(bytes / MEBIBYTE)
}
