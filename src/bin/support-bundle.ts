import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROLES } from '../operations/probes.ts'
import { SCENARIOS } from '../operations/scenarios/all.ts'
import { makeSupportBundle } from '../operations/support-bundle.ts'
import { systemClock } from '../platform/clock.ts'
import { type Config, describeSettings } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { openProbes } from './open-probes.ts'
import { VERSION } from './version.ts'

/**
 * `paraph support-bundle`: one file of what somebody elsewhere needs to help, without a word about a person. Starts
 * nothing and changes nothing. Throws `file-not-written`.
 */
export async function runSupportBundle(
  config: Config,
  options: { readonly out?: string; readonly directory: string },
): Promise<void> {
  const probes = openProbes(config, 24 * 60)
  const bundle = await makeSupportBundle({
    now: systemClock.now,
    version: VERSION,
    settings: describeSettings(),
    sources: probes.sources,
    scenarios: SCENARIOS,
    logsDirectory: config.logsDirectory,
    openDatabase: probes.openDatabase,
    fetchText: probes.fetchText,
  })
  await probes.close()
  const name = options.out ?? `paraph-support-${bundle.madeAt.replace(/\D/g, '').slice(0, 14)}.json.gz`
  const path = resolve(options.directory, name)
  try {
    writeFileSync(path, gzipSync(`${JSON.stringify(bundle)}\n`), { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new AppError('file-not-written', { title: 'The bundle could not be written to a new file.', cause })
  }
  const reached = ROLES.filter((role) => typeof bundle.metrics[role] === 'string')
  process.stdout.write(`${path}\n`)
  process.stderr.write(
    `${bundle.diagnosis.findings.length} causes found; metrics of ${reached.join(' and ') || 'no process'}\n`,
  )
}
