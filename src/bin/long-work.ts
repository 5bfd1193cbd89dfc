import { SECOND } from '../platform/units.ts'

const EVERY_MS = { terminal: 100, elsewhere: 5 * SECOND } as const

/**
 * Says how far long work is: on a terminal in one line that changes in place, elsewhere in a plain line now and then.
 * Work that is over in a moment says nothing.
 */
export function showWork(stream: NodeJS.WriteStream) {
  const everyMs = stream.isTTY ? EVERY_MS.terminal : EVERY_MS.elsewhere
  let next = performance.now() + Math.max(everyMs, SECOND)
  let isShown = false
  return {
    tell: (what: string, done: number, of: number): void => {
      if (performance.now() < next) return
      next = performance.now() + everyMs
      const line = `${what}: ${done} of ${of}`
      stream.write(stream.isTTY ? `\r\u001b[2K${line}` : `paraph: ${line}\n`)
      isShown = stream.isTTY
    },
    end: (): void => {
      if (isShown) stream.write('\r\u001b[2K')
    },
  }
}
