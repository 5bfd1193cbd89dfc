import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { diagnose, exitCodeOf } from '../operations/doctor.ts'
import { formatDiagnosis } from '../operations/doctor-text.ts'
import { SCENARIOS } from '../operations/scenarios/all.ts'
import type { ScenarioId } from '../operations/scenarios/scenario.ts'
import type { Config } from '../platform/config.ts'
import { openProbes } from './open-probes.ts'

export type DoctorOptions = {
  /** How many minutes back events are looked at. */
  readonly since: number
  readonly json?: boolean
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

/**
 * `paraph doctor`: finds the root cause of what is wrong and names the action. Starts nothing and changes nothing.
 * Exit codes: 0 nothing found, 1 a cause found, 3 nothing found and something could not be asked.
 */
export async function runDoctor(
  config: Config,
  scenario: ScenarioId | undefined,
  options: DoctorOptions,
): Promise<number> {
  const probes = openProbes(config, options.since)
  const asked = SCENARIOS.filter(({ id }) => scenario === undefined || id === scenario)
  const diagnosis = await diagnose(probes.sources, asked)
  const json = `${JSON.stringify(diagnosis)}\n`
  if (options.report) writeFileSync(resolve(options.directory, options.report), json, { mode: 0o600 })
  process.stdout.write(options.json ? json : `${formatDiagnosis(diagnosis, paint)}\n`)
  await probes.close()
  return exitCodeOf(diagnosis)
}

/** Colours on a terminal that wants them, plain text elsewhere. */
function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout })
}
