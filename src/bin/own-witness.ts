import { join } from 'node:path'
import { loadOwnLog } from '../audit/log-key.ts'
import type { Config } from '../platform/config.ts'
import { findFreePorts } from '../platform/ports.ts'
import { type Child, keepRunning } from './keep-running.ts'

/** Its metrics are on the third port of its block (`monitoring.ts`), so it is given a block. */
const METRICS_PORTS = 3

export type OwnWitness = { readonly child: Child; readonly url: string; readonly vkey: string }

/**
 * Runs a witness for the demonstration's log beside it, with folders and keys of its own. It shows how one works and
 * protects nothing: a real one runs where the administrators of the database have no say.
 */
export async function startOwnWitness(config: Config): Promise<OwnWitness> {
  const { vkeys } = loadOwnLog(config.keysDirectory, config.logOrigin)
  const directory = join(config.dataDirectory, 'witness')
  const settings = {
    PARAPH_DATA: directory,
    PARAPH_KEYS: join(config.keysDirectory, 'witness'),
    PARAPH_METRICS_PORT: String(await findFreePorts(config.metricsHost, METRICS_PORTS)),
    DATABASE_URL: undefined,
  }
  const port = await findFreePorts('127.0.0.1', 1)
  const command = ['audit', 'witness', '--state', join(directory, 'state'), '--port', String(port)]
  const child = keepRunning('witness', settings, [...command, '--log', ...vkeys])
  try {
    const { url = '', vkey = '' } = await child.ready
    return { child, url, vkey }
  } catch (error) {
    await child.stop()
    throw error
  }
}
