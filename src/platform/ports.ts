import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from './errors.ts'

/** Whether a port can be listened on. `0` always can. */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })
}

/** A block of `count` free ports in a row, found by asking the system for the first. */
export async function findFreePorts(host: string, count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await askForPort(host)
    if (await areFree(host, first, count)) return first
  }
  throw new AppError('no-free-port', { title: 'No free port was found.' })
}

async function areFree(host: string, first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port += 1) {
    if (port > 65_535 || !(await isPortFree(host, port))) return false
  }
  return true
}

function askForPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const address = probe.address()
      probe.close(() => resolve(address && typeof address === 'object' ? address.port : 0))
    })
  })
}

/** A process that was just killed may hold its port for a moment. */
const PATIENCE_MS = 5_000

/**
 * Decides the first of `count` ports in a row: the wanted one, or a free one when it is taken and `mayMove`.
 * Throws `port-in-use`, naming the setting that chooses another.
 */
export async function choosePorts(options: {
  host: string
  wanted: number
  count: number
  mayMove: boolean
  setting: string
}): Promise<number> {
  const { host, wanted, count } = options
  if (wanted === 0) return findFreePorts(host, count)
  for (let waited = 0; waited <= PATIENCE_MS; waited += 250) {
    if (await areFree(host, wanted, count)) return wanted
    if (options.mayMove) return findFreePorts(host, count)
    await sleep(250)
  }
  throw portInUse(
    count === 1 ? `Port ${wanted} is` : `Ports ${wanted} to ${wanted + count - 1} are`,
    options.setting,
  )
}

/** Runs `listen`. Throws `port-in-use`, naming the setting that chooses another, when somebody else has the port. */
export async function onPort<T>(port: number, setting: string, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw portInUse(`Port ${port} is`, setting, error)
  }
}

function portInUse(which: string, setting: string, cause?: unknown): AppError {
  return new AppError('port-in-use', {
    title: `${which} in use by another program; choose another with ${setting}.`,
    cause,
  })
}
