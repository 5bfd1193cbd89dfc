import { stringify } from 'yaml'
import { buildRules, type Rule, type RuleFile } from '../../src/operations/rules.ts'
import type { Alert, Scenario, SeriesExample } from '../../src/operations/scenarios/scenario.ts'

const HEAD = `# Generated from src/operations/scenarios/ by "npx vitest run test/docs -u"; a test fails when it is not as they are.
`
/** The minute at which promtool looks: long enough after the beginning for every range of the rules. */
const LOOK_AT = '30m'

function writeYaml(content: object): string {
  return `${HEAD}${stringify(content, { lineWidth: 0 })}`
}

/** `ops/prometheus/paraph.rules.yml`. */
export function writeRules(scenarios: readonly Scenario[]): string {
  return writeYaml(buildRules(scenarios))
}

/** `ops/prometheus/paraph.test.yml`: of each alert a case in which it fires and a healthy one in which it does not. */
export function writeRuleTests(scenarios: readonly Scenario[]): string {
  const rules = rulesByName(buildRules(scenarios))
  return writeYaml({
    rule_files: ['paraph.rules.yml'],
    evaluation_interval: '1m',
    tests: scenarios.flatMap(({ alerts }) => alerts.flatMap((alert) => casesOf(alert, rules))),
  })
}

function casesOf(alert: Alert, rules: ReadonlyMap<string, Rule>): object[] {
  const rule = rules.get(alert.name)
  const { example } = alert
  if (rule === undefined || example === undefined) return []
  const { labels, annotations } = rule
  return [
    caseOf(`${alert.name} fires`, example.firing, alert.name, [
      { exp_labels: { ...example.labels, ...labels }, exp_annotations: annotations },
    ]),
    caseOf(`${alert.name} is quiet`, example.quiet, alert.name, []),
  ]
}

function caseOf(name: string, series: SeriesExample, alertname: string, expected: object[]): object {
  return {
    name,
    interval: '1m',
    input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
    alert_rule_test: [{ eval_time: LOOK_AT, alertname, exp_alerts: expected }],
  }
}

function rulesByName({ groups }: RuleFile): ReadonlyMap<string, Rule> {
  return new Map(groups.flatMap(({ rules }) => rules).map((rule) => [rule.alert, rule]))
}
