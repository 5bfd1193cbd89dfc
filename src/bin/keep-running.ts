import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { MINUTE, SECOND } from '../platform/units.ts'
import { type Ready, STOP_DEADLINE_MS } from './lifecycle.ts'
import type { ProcessRole } from './start-logging.ts'

const PROGRAM = fileURLToPath(new URL('./paraph.ts', import.meta.url))
const READY_WITHIN_MS = 1 * MINUTE
const LONGEST_PAUSE_MS = 30 * SECOND
const WELL_AFTER_MS = 10 * SECOND

export type Child = { readonly ready: Promise<Ready>; stop(): Promise<void> }

/** Runs `paraph <command>`, by default `paraph <role>`, and runs it again whenever it ends unasked. */
export function keepRunning(
  role: ProcessRole,
  settings: Readonly<Record<string, string | undefined>>,
  command: readonly string[] = [role],
): Child {
  let current: ChildProcess | undefined
  let isStopping = false
  let pauseMs = 1 * SECOND
  let timer: NodeJS.Timeout | undefined

  const ready = new Promise<Ready>((resolve, reject) => {
    let hasBeenReady = false
    const patience = setTimeout(() => reject(startFailed(role)), READY_WITHIN_MS)
    function start(): void {
      const child = fork(PROGRAM, command, {
        env: childEnvironment({ ...settings, PARAPH_SUPERVISED: 'true' }),
      })
      current = child
      child.on('message', (message: Ready) => {
        clearTimeout(patience)
        hasBeenReady = true
        // One that dies just after it was ready is not well yet.
        const wellAfter = setTimeout(() => {
          pauseMs = 1 * SECOND
        }, WELL_AFTER_MS)
        child.once('exit', () => clearTimeout(wellAfter))
        resolve(message)
      })
      child.on('exit', () => {
        if (isStopping) return
        if (!hasBeenReady) {
          clearTimeout(patience)
          reject(startFailed(role))
          return
        }
        timer = setTimeout(start, pauseMs)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      })
    }
    start()
  })

  return {
    ready,
    stop: async () => {
      isStopping = true
      clearTimeout(timer)
      // Nobody waits for it any more: a failure must not count as unhandled.
      ready.catch(() => undefined)
      const child = current
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS + 10 * SECOND)
      await ended
      clearTimeout(killer)
    },
  }
}

function startFailed(role: ProcessRole): AppError {
  return new AppError('start-failed', { title: `The ${role} process did not start; its log says why.` })
}
