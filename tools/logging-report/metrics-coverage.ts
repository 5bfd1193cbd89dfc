import ts from 'typescript'
import { type Finding, findingAt } from './finding.ts'
import { type Place, placeOf } from './place.ts'
import { findNodes, type Project } from './project.ts'
import { OPERATIONAL_METRICS, REQUIRED_METRICS, type RequiredMetric } from './required-metrics.ts'
import { literalsOf, symbolOf, tupleLiteralsOf } from './types.ts'

/** A metric that the source defines. */
export type DefinedMetric = {
  readonly node: ts.Node
  readonly place: Place
  readonly name: string
  readonly type: string
  /** The values of each label, undefined where they are not all in the type. */
  readonly labels: ReadonlyMap<string, readonly string[] | undefined>
  readonly exposedBy: string
}

const METRICS_MODULE = '/src/observability/metrics.ts'
const DEFINERS: Readonly<Record<string, string>> = {
  defineCounter: 'counter',
  defineGauge: 'gauge',
  defineHistogram: 'histogram',
}

/** Every `defineCounter`, `defineGauge` and `defineHistogram`, by name. */
export function findMetrics(project: Project): readonly DefinedMetric[] {
  return findNodes(project, ts.isCallExpression)
    .flatMap((node) => {
      const { expression } = node
      const type = ts.isIdentifier(expression) ? DEFINERS[expression.text] : undefined
      if (!type) return []
      const file = symbolOf(project, expression)?.valueDeclaration?.getSourceFile().fileName
      return file?.endsWith(METRICS_MODULE) ? [describeMetric(project, node, type)] : []
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Reads the family that is handed over from its inferred type, in which the label values are literals. */
function describeMetric(project: Project, node: ts.CallExpression, type: string): DefinedMetric {
  const { checker } = project
  const parameter = checker.getResolvedSignature(node)?.parameters[0]
  const family = parameter && checker.getTypeOfSymbolAtLocation(parameter, node)
  const labels = memberType(project, family, 'labels', node)
  const written = node.arguments[0] && checker.getTypeAtLocation(node.arguments[0])
  return {
    node,
    place: placeOf(project, node),
    name: nameWritten(node) ?? '?',
    type,
    labels: new Map(
      (labels?.getProperties() ?? []).map((label) => {
        const values = checker.getTypeOfSymbolAtLocation(label, node)
        return [label.name, tupleLiteralsOf(project, values)] as const
      }),
    ),
    exposedBy:
      literalsOf(memberType(project, written, 'exposedBy', node) ?? checker.getNeverType())?.[0] ?? '?',
  }
}

function memberType(
  project: Project,
  type: ts.Type | undefined,
  name: string,
  at: ts.Node,
): ts.Type | undefined {
  const member = type?.getProperty(name)
  return member && project.checker.getTypeOfSymbolAtLocation(member, at)
}

/** The name, which must stand in place: whoever looks for a metric finds it in the source. */
function nameWritten({ arguments: [family] }: ts.CallExpression): string | undefined {
  const members = family && ts.isObjectLiteralExpression(family) ? [...family.properties] : []
  const name = members.filter(ts.isPropertyAssignment).find((member) => member.name.getText() === 'name')
  return name && ts.isStringLiteral(name.initializer) ? name.initializer.text : undefined
}

/** How a requirement is met: by the metrics of these names, or not, and why. */
export type Coverage = {
  readonly required: string
  readonly met: readonly string[]
  readonly difference: string | undefined
}

export function compareMetrics(defined: readonly DefinedMetric[]): readonly Coverage[] {
  const named = REQUIRED_METRICS.map((required) => {
    const metric = defined.find(({ name }) => name === required.name)
    return {
      required: required.name,
      met: metric ? [metric.name] : [],
      difference: metric && differenceOf(metric, required),
    }
  })
  const operational = Object.entries(OPERATIONAL_METRICS).map(([required, pattern]) => ({
    required,
    met: defined.map(({ name }) => name).filter((name) => pattern.test(name)),
    difference: undefined,
  }))
  return [...named, ...operational]
}

function differenceOf(metric: DefinedMetric, required: RequiredMetric): string | undefined {
  if (metric.type !== required.type) return `a ${metric.type}, not a ${required.type}`
  const [has, wants] = [[...metric.labels.keys()], Object.keys(required.labels)]
  if (!isSameSet(has, wants)) return `labels ${has.join(', ')}, not ${wants.join(', ')}`
  const wrong = wants.find((label) => {
    const values = required.labels[label]
    return values !== 'open' && !isSameSet(metric.labels.get(label) ?? [], values ?? [])
  })
  return wrong && `other values of ${wrong}`
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one))
}

/** Required metrics that are missing or have another form. */
export function judgeMetrics(
  project: Project,
  defined: readonly DefinedMetric[],
  coverage: readonly Coverage[],
): readonly Finding[] {
  return coverage.flatMap(({ required, met, difference }) => {
    const metric = defined.find(({ name }) => name === required)
    if (metric && difference) {
      return [findingAt(project, 'metric-differs', metric.node, `${required}: ${difference}`)]
    }
    return met.length > 0
      ? []
      : project.sources
          .filter((file) => file.fileName.endsWith(METRICS_MODULE))
          .map((file) => findingAt(project, 'metric-missing', file, required))
  })
}
