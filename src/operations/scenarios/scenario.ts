import type { Probe } from '../probes.ts'
import type { Fact, Subject } from '../subject.ts'

/** The scenarios of the playbook; each has a page, alerts, and root causes. */
export const SCENARIO_IDS = [
  'import-stuck',
  'finalization-failing',
  'lock-conflicts',
  'high-latency',
  'missing-audit-events',
] as const
export type ScenarioId = (typeof SCENARIO_IDS)[number]

/** A sentence in the languages of the playbook. */
export type Text = { readonly fr: string; readonly en: string }

/** What speaks for a cause: what the probe should have found, and what it found. */
export type Evidence = {
  readonly probe: string
  readonly expected: string
  readonly found: Fact | readonly Subject[]
}

/**
 * `weight`: from 1 (a hint) to 100 (certain); of several causes the heaviest comes first. `subjects` are the rows that
 * the commands of the actions are about; their members fill the `{names}` of a command.
 */
export type Verdict = {
  readonly weight: number
  readonly evidence: readonly Evidence[]
  readonly subjects?: readonly Subject[]
}

/** What probes have found. `undefined`: it could not be asked. */
export type Seen = { of<T>(probe: Probe<T>): T | undefined }

export type Action = {
  /** As typed into a shell; `{copy}` and the like stand for a member of a subject. */
  readonly command: string
  readonly does: Text
  readonly risk: Text
  readonly undo: Text
  /** A command that shows that it worked: it must end with 0. */
  readonly verify: string
}

/** A root cause: when it is one, and what is done about it. */
export type Cause<Id extends string = string> = {
  readonly id: Id
  readonly title: Text
  /** What is asked to tell this cause from the others, also shown on the page. */
  readonly probes: readonly Probe<unknown>[]
  readonly judge: (seen: Seen) => Verdict | undefined
  /** Causes that this one brings about: when both are found, it comes before them whatever their weights. */
  readonly explains?: readonly string[]
  readonly actions: readonly Action[]
}

export type Severity = 'page' | 'ticket'

/**
 * Series of a unit test of promtool: each with its values, one a minute from minute 0, in promtool's notation (`0x30`
 * stays 0, `0+60x30` grows by 60, `_x5` is absent).
 */
export type SeriesExample = Readonly<Record<string, string>>

/** What an alert is tested by: at minute 30 the one must make it fire, the other must not. */
export type AlertExample = {
  readonly firing: SeriesExample
  readonly quiet: SeriesExample
  /** Labels of the alert when it fires that come from its series: what the expression does not aggregate away. */
  readonly labels?: Readonly<Record<string, string>>
}

/**
 * A rule for Prometheus. `expr` is given what turns seconds into a range of the time scale (`[${w(600)}]`), and `s`,
 * which scales an age in seconds to compare with.
 */
export type Alert = {
  readonly name: `Paraph${string}`
  readonly expr: (scale: { w: (seconds: number) => string; s: (seconds: number) => number }) => string
  readonly forSeconds: number
  readonly severity: Severity
  readonly summary: Text
  readonly example?: AlertExample
}

export type Scenario<CauseId extends string = string> = {
  readonly id: ScenarioId
  readonly title: Text
  readonly alerts: readonly Alert[]
  readonly causes: readonly Cause<CauseId>[]
}

/** Gives a scenario its type, with the ids of its causes as literals. */
export function defineScenario<const Id extends string>(scenario: Scenario<Id>): Scenario<Id> {
  return scenario
}

/** Evidence of a probe that should have found nothing. */
export function rowsFound(probe: { readonly id: string }, found: readonly Subject[]): Evidence {
  return { probe: probe.id, expected: 'none', found }
}

/** The verdict on rows that should not be there; undefined when there are none, or none could be asked. */
export function blameRows(
  probe: { readonly id: string },
  weight: number,
  rows: readonly Subject[] | undefined,
): Verdict | undefined {
  if (rows === undefined || rows.length === 0) return undefined
  return { weight, evidence: [rowsFound(probe, rows)], subjects: rows }
}

/** One verdict of those that hold, on all their rows, as heavy as the heaviest; undefined when none holds. */
export function joinVerdicts(...verdicts: readonly (Verdict | undefined)[]): Verdict | undefined {
  const held = verdicts.filter((verdict) => verdict !== undefined)
  if (held.length === 0) return undefined
  return {
    weight: Math.max(...held.map(({ weight }) => weight)),
    evidence: held.flatMap(({ evidence }) => evidence),
    subjects: held.flatMap(({ subjects }) => subjects ?? []),
  }
}
