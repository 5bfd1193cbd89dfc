import { styleText } from 'node:util'
import { diagnose, exitCodeOf } from '../operations/doctor.ts'
import { formatDiagnosis } from '../operations/doctor-text.ts'
import { SCENARIOS } from '../operations/scenarios/all.ts'
import type { ScenarioId } from '../operations/scenarios/scenario.ts'
import type { Config } from '../platform/config.ts'
import { reportFailure } from './failure.ts'
import { type OpenProbes, openProbes } from './open-probes.ts'
import { saveReport } from './save-report.ts'

export type DoctorOptions = {
  /** How many minutes back events are looked at. */
  readonly since: number
  readonly json?: boolean
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

const COULD_NOT_TELL = 3

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
  try {
    return await examine(probes, scenario, options)
  } catch (error) {
    // 1 would say that a cause was found.
    reportFailure(error)
    return COULD_NOT_TELL
  } finally {
    await probes.close()
  }
}

async function examine(
  probes: OpenProbes,
  scenario: ScenarioId | undefined,
  options: DoctorOptions,
): Promise<number> {
  const asked = SCENARIOS.filter(({ id }) => scenario === undefined || id === scenario)
  const diagnosis = await diagnose(probes.sources, asked)
  const json = `${JSON.stringify(diagnosis)}\n`
  process.stdout.write(options.json ? json : `${formatDiagnosis(diagnosis, paint)}\n`)
  saveReport(options, json)
  return exitCodeOf(diagnosis)
}

/** Colours on a terminal that wants them, plain text elsewhere. */
function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout })
}
