import { resolve } from 'node:path'
import { createCosign } from '../audit/cosign.ts'
import { cosignatureVerifier, cosigner } from '../audit/tlog/cosignature.ts'
import { formatVkey } from '../audit/tlog/note-key.ts'
import { claimWitnessFolder } from '../audit/witness-folder.ts'
import { loadWitnessKey } from '../audit/witness-key.ts'
import { startWitnessServer } from '../audit/witness-server.ts'
import { openWitnessState } from '../audit/witness-state.ts'
import { keepLogs } from '../audit/witnessed-logs.ts'
import { log } from '../observability/log.ts'
import { createReadiness } from '../observability/readiness.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { onPort } from '../platform/ports.ts'
import { SECOND } from '../platform/units.ts'
import { diskCheck, logDirectoryChecks } from './folder-readiness.ts'
import { type Opened, type Ready, runProcess } from './lifecycle.ts'
import { startMonitoring } from './monitoring.ts'

export type WitnessOptions = {
  /** Verifier keys. */
  readonly log?: readonly string[]
  readonly state: string
  readonly name?: string
  readonly host: string
  readonly port?: number
  /** Where a relative folder starts. */
  readonly directory: string
}

/** `paraph audit witness`: cosigns checkpoints until asked to stop. Throws what `openWitness` throws. */
export function runWitness(config: Config, options: WitnessOptions): Promise<void> {
  return runProcess(config, 'witness', (logPaths) => openWitness(config, options, logPaths))
}

/**
 * The folder is claimed before anything is read there, and the key made last. Throws `already-running`,
 * `invalid-settings`, `keys-readable-by-others`, `keys-unusable`, `port-in-use`, `witness-state-unusable`.
 */
async function openWitness(
  config: Config,
  options: WitnessOptions,
  logPaths: readonly string[],
): Promise<Opened> {
  const { keysDirectory } = config
  const { host, port = config.witnessPort } = options
  const folder = claimWitnessFolder(resolve(options.directory, options.state))
  const logs = await keepLogs(folder, { vkeys: options.log, keysDirectory })
  const key = loadWitnessKey(keysDirectory, options.name)
  const vkey = formatVkey(key)
  const state = openWitnessState(folder, { logs, witness: cosignatureVerifier(key) })
  const cosign = createCosign({ witness: { logs, cosigner: cosigner(key, nowSeconds) }, state })

  const readiness = createReadiness([diskCheck(folder.path), ...logDirectoryChecks(logPaths)])
  const monitored = { readiness, logPaths, dataDirectory: folder.path }
  const monitoring = await startMonitoring(config, 'witness', monitored)
  const server = await onPort(port, 'PARAPH_WITNESS_PORT', () =>
    startWitnessServer({ vkey, state, cosign }, { host, port }),
  )
  log.app.info('server.listening', { 'process.role': 'witness', 'server.port': server.port })
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`
  const { metricsUrl } = monitoring
  if (!config.isSupervised) announce({ url, vkey, metricsUrl, logPaths })
  return {
    url,
    vkey,
    metricsUrl,
    close: async () => {
      readiness.shutDown()
      await server.close()
      folder.release()
      await monitoring.close()
    },
  }
}

function nowSeconds(): number {
  return Math.floor(systemClock.now().getTime() / SECOND)
}

function announce({ url, vkey, metricsUrl, logPaths }: Required<Ready>): void {
  const logs = logPaths.map((path) => `  logs     ${path}`)
  const lines = [`The witness is ready: ${url}`, `  key      ${vkey}`, `  metrics  ${metricsUrl}`, ...logs]
  process.stderr.write(`${lines.join('\n')}\nStop with Ctrl-C.\n`)
}
