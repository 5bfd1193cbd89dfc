import { withinMs } from '../observability/deadline.ts'
import { describeError } from '../observability/opaque-error.ts'
import type { Probe, SourceName, Sources } from './probes.ts'
import type { Action, Cause, Evidence, Scenario, ScenarioId, Text } from './scenarios/scenario.ts'
import type { Subject } from './subject.ts'

export type Finding = {
  readonly scenario: ScenarioId
  readonly cause: string
  readonly title: Text
  readonly weight: number
  readonly evidence: readonly Evidence[]
  readonly actions: readonly Action[]
  /** Found causes of which this one is an effect; it comes after them. */
  readonly explainedBy: readonly string[]
}

/**
 * What could not be asked, with the code of the failure: a source of which nothing could be had, or one probe of a
 * source that answered others.
 */
export type Unreached = {
  readonly source: SourceName
  readonly probe?: string
  readonly code: string | null
}

export type Diagnosis = {
  /** The most likely root cause first. */
  readonly findings: readonly Finding[]
  readonly unreached: readonly Unreached[]
  readonly probes: number
  readonly durationMs: number
}

/** What a probe may take. All are asked at the same time, so that this is about what the whole takes. */
const PROBE_LIMIT_MS = 1_500
/** So many subjects of a cause get their commands written out. */
const SUBJECTS_SHOWN = 5

/**
 * Asks every probe of the scenarios at the same time and ranks the causes that hold. Changes nothing. What cannot be
 * asked is told; causes are judged by the rest.
 */
export async function diagnose(sources: Sources, scenarios: readonly Scenario[]): Promise<Diagnosis> {
  const startedAt = performance.now()
  const causes = scenarios.flatMap((scenario) =>
    scenario.causes.map((cause) => ({ scenario: scenario.id, cause })),
  )
  const probes = [...new Set(causes.flatMap(({ cause }) => cause.probes))]
  const answers = new Map<Probe<unknown>, unknown>()
  const failures: { readonly probe: Probe<unknown>; readonly code: string | null }[] = []
  await Promise.all(
    probes.map(async (probe) => {
      try {
        answers.set(probe, await withinMs(PROBE_LIMIT_MS, probe.ask(sources)))
      } catch (error) {
        failures.push({ probe, code: codeOf(error) })
      }
    }),
  )
  const seen = { of: <T>(probe: Probe<T>) => answers.get(probe) as T | undefined }
  const found = causes.flatMap(({ scenario, cause }) => {
    const verdict = cause.judge(seen)
    return verdict ? [{ scenario, cause, verdict }] : []
  })
  const explainers = (id: string) =>
    found.filter(({ cause }) => cause.explains?.includes(id)).map(({ cause }) => cause.id)
  const findings = found.map(({ scenario, cause, verdict }): Finding => {
    return {
      scenario,
      cause: cause.id,
      title: cause.title,
      weight: verdict.weight,
      evidence: verdict.evidence,
      actions: actionsFor(cause, verdict.subjects ?? []),
      explainedBy: explainers(cause.id),
    }
  })
  return {
    findings: findings.sort(
      (a, b) => Number(a.explainedBy.length > 0) - Number(b.explainedBy.length > 0) || b.weight - a.weight,
    ),
    unreached: tellUnreached(failures, [...answers.keys()]),
    probes: probes.length,
    durationMs: Math.round(performance.now() - startedAt),
  }
}

/** One entry for a source that gave no answer at all, else one for each probe that failed. */
function tellUnreached(
  failures: readonly { readonly probe: Probe<unknown>; readonly code: string | null }[],
  answered: readonly Probe<unknown>[],
): readonly Unreached[] {
  const reached = new Set(answered.filter((probe) => !probe.isAboutReach).map(({ source }) => source))
  const told = new Map<string, Unreached>()
  for (const { probe, code } of failures) {
    const { source, id } = probe
    if (reached.has(source)) told.set(id, { source, probe: id, code })
    else told.set(source, { source, code: told.get(source)?.code ?? code })
  }
  return [...told.values()]
}

/** Exit codes of the house: 0 healthy, 1 findings, 3 nothing found and something could not be asked. */
export function exitCodeOf({ findings, unreached }: Diagnosis): 0 | 1 | 3 {
  if (findings.length > 0) return 1
  return unreached.length > 0 ? 3 : 0
}

/**
 * The actions of a cause with their commands filled in, once for each subject; of a cause without subjects those that need
 * none.
 */
function actionsFor({ actions }: Cause, subjects: readonly Subject[]): readonly Action[] {
  const about = subjects.length === 0 ? [{}] : subjects.slice(0, SUBJECTS_SHOWN)
  const filled = about.flatMap((subject) =>
    actions.map((action) => ({
      ...action,
      command: fill(action.command, subject),
      undo: { fr: fill(action.undo.fr, subject), en: fill(action.undo.en, subject) },
      verify: fill(action.verify, subject),
    })),
  )
  const whole = filled.filter(({ command }) => !BLANK.test(command))
  return [...new Map(whole.map((action) => [action.command, action])).values()]
}

/** What stands for a member of a subject. */
const BLANK = /\{\w+\}/

function fill(command: string, subject: Subject): string {
  return command.replace(/\{(\w+)\}/g, (whole, name: string) => String(subject[name] ?? whole))
}

function codeOf(error: unknown): string | null {
  const code = describeError(error)['error.code']
  return typeof code === 'string' ? code : null
}
