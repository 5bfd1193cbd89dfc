import type { Alert, Scenario, ScenarioId, Severity } from './scenarios/scenario.ts'

/** A rule as Prometheus 2.42 reads it. Written out as JSON it is a rule file already, and as YAML too. */
export type Rule = {
  readonly alert: Alert['name']
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: Severity; readonly scenario: ScenarioId }
  readonly annotations: {
    readonly summary: string
    readonly summary_fr: string
    /** What to type first. */
    readonly command: string
    readonly runbook_url: string
  }
}

export type RuleFile = {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}

export type RulesOptions = {
  /** How much faster than in production time passes: 1 there, less in a drill. */
  readonly scale?: number
  /** Where the pages of the playbook can be read, without a slash at the end. */
  readonly playbookUrl?: string
}

const DEFAULT_PLAYBOOK_URL = 'https://paraph.example.org/docs/playbook/en'

/** All scenarios are asked, since the cause of one may show in another; a ticket may be read a day later. */
const COMMANDS: Readonly<Record<Severity, string>> = {
  page: 'paraph doctor',
  ticket: 'paraph doctor --since 1440',
}

/** A range must hold several scrapes, however fast the time. */
const SHORTEST_RANGE_SECONDS = 5

/** The alerts of the scenarios as rules, one group for each scenario. */
export function buildRules(scenarios: readonly Scenario[], options: RulesOptions = {}): RuleFile {
  const { scale = 1, playbookUrl = DEFAULT_PLAYBOOK_URL } = options
  return {
    groups: scenarios
      .filter(({ alerts }) => alerts.length > 0)
      .map(({ id, alerts }) => ({
        name: `paraph-${id}`,
        rules: alerts.map((alert) => buildRule(id, alert, scale, playbookUrl)),
      })),
  }
}

function buildRule(scenario: ScenarioId, alert: Alert, scale: number, playbookUrl: string): Rule {
  const { name, forSeconds, severity, summary } = alert
  return {
    alert: name,
    expr: exprOf(alert, scale),
    ...(forSeconds > 0 ? { for: duration(forSeconds * scale) } : {}),
    labels: { severity, scenario },
    annotations: {
      summary: summary.en,
      summary_fr: summary.fr,
      command: COMMANDS[severity],
      runbook_url: `${playbookUrl}/${scenario}.md#${name}`,
    },
  }
}

/** The expression of an alert at a time scale, on one line. */
export function exprOf(alert: Alert, scale = 1): string {
  const expr = alert.expr({
    w: (seconds) => duration(Math.max(SHORTEST_RANGE_SECONDS, seconds * scale)),
    s: (seconds) => Math.round(seconds * scale * 1_000) / 1_000,
  })
  return expr.replace(/\s+/g, ' ').trim()
}

/** A duration in the largest unit that gives a whole number. */
export function duration(seconds: number): string {
  const milliseconds = Math.max(1, Math.round(seconds * 1_000))
  for (const [unit, size] of UNITS) if (milliseconds % size === 0) return `${milliseconds / size}${unit}`
  return `${milliseconds}ms`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const
