import ts from 'typescript'
import { comparePlaces, functionAround, type Place, placeOf } from './place.ts'
import { findNodes, findSource, type Project } from './project.ts'
import { functionOf, literalsOf, membersOf, symbolOf } from './types.ts'

const LOG_MODULE = 'src/observability/log.ts'

const LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const
export type Level = Uppercase<(typeof LEVELS)[number]>

type Member = ts.PropertyAccessExpression | ts.ElementAccessExpression

/** One call that writes a log line. */
export type LogCall = {
  readonly node: ts.CallExpression
  readonly place: Place
  readonly within: string
  /** Undefined when it cannot be read from the code. */
  readonly logger: string | undefined
  /** More than one when the level is chosen at run time; empty when it cannot be read. */
  readonly levels: readonly Level[]
  readonly events: readonly string[]
  /** Fields by name, with the type of what is handed over. */
  readonly fields: ReadonlyMap<string, ts.Type>
  readonly error: 'attached' | 'if any' | 'none'
}

/** Finds every call of a method of the loggers, by the type of what is called. */
export function findLogCalls(project: Project): readonly LogCall[] {
  const isLogger = loggerTypes(project)
  return findNodes(project, ts.isCallExpression)
    .filter(({ expression }) => canBeLevel(expression) && isLogger(expression.expression))
    .map((node) => describeCall(project, node))
    .sort((a, b) => comparePlaces(a.place, b.place))
}

/** Whether a callee is `x.info` or `x[…]`; asking for the type of every other one would take long. */
function canBeLevel(callee: ts.Expression): callee is Member {
  if (ts.isElementAccessExpression(callee)) return true
  return ts.isPropertyAccessExpression(callee) && LEVELS.some((level) => level === callee.name.text)
}

/** Whether an expression is a logger: one of the members of `log`, or something of the same type. */
function loggerTypes(project: Project): (node: ts.Expression) => boolean {
  const { checker } = project
  const log = findLog(project)
  const types = new Set(checker.getTypeOfSymbol(log).getProperties().map(checker.getTypeOfSymbol))
  return (node) => types.has(checker.getTypeAtLocation(node))
}

/** The exported constant `log`. Throws when there is none: the report would then be empty and green. */
function findLog(project: Project): ts.Symbol {
  const file = findSource(project, LOG_MODULE)
  const module = file && project.checker.getSymbolAtLocation(file)
  const log = module && project.checker.tryGetMemberInModuleExports('log', module)
  if (!log) throw new Error(`${LOG_MODULE} does not export log`)
  return log
}

function describeCall(project: Project, node: ts.CallExpression): LogCall {
  const [event, fields, error] = node.arguments
  const method = node.expression as Member
  const words = memberNames(project, method) ?? []
  return {
    node,
    place: placeOf(project, node),
    within: functionAround(node),
    logger: loggerOf(project, method.expression),
    levels: LEVELS.filter((level) => words.includes(level)).map((level) => level.toUpperCase() as Level),
    events: (event && literalsOf(project.checker.getTypeAtLocation(event))) ?? [],
    fields: fields ? membersOfFields(project, fields) : new Map(),
    error: errorOf(project, error),
  }
}

/** The names that `a.name` or `a[name]` can stand for. */
function memberNames(project: Project, node: Member): readonly string[] | undefined {
  if (ts.isPropertyAccessExpression(node)) return [node.name.text]
  return literalsOf(project.checker.getTypeAtLocation(node.argumentExpression))
}

function loggerOf(project: Project, node: ts.Expression): string | undefined {
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return undefined
  if (symbolOf(project, node.expression) !== findLog(project)) return undefined
  return memberNames(project, node)?.join(' or ')
}

/** The fields of an argument by name, with the type of each value before it was made to fit the field. */
function membersOfFields(project: Project, argument: ts.Expression): ReadonlyMap<string, ts.Type> {
  const { checker } = project
  const plain = (type: ts.Type) => {
    const known = checker.getNonNullableType(type)
    return checker.getBaseConstraintOfType(known) ?? known
  }
  const members = (literalBehind(project, argument)?.properties ?? []).flatMap((member) => {
    if (ts.isSpreadAssignment(member)) return [...membersOfFields(project, member.expression)]
    const value = ts.isPropertyAssignment(member) ? member.initializer : member.name
    const name = member.name && (ts.isStringLiteral(member.name) ? member.name.text : member.name.getText())
    return value && name ? [[name, plain(checker.getTypeAtLocation(value))] as const] : []
  })
  return new Map([...members].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The object written in place, in the constant that is named, or in the function beside it that makes it. */
export function literalBehind(project: Project, node: ts.Node): ts.ObjectLiteralExpression | undefined {
  if (ts.isObjectLiteralExpression(node)) return node
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)) {
    return literalBehind(project, node.expression)
  }
  if (ts.isCallExpression(node)) {
    const body = functionOf(project, node.expression)?.body
    return body && !ts.isBlock(body) ? literalBehind(project, body) : undefined
  }
  const constant = ts.isIdentifier(node) ? symbolOf(project, node)?.valueDeclaration : undefined
  return constant && ts.isVariableDeclaration(constant) && constant.initializer
    ? literalBehind(project, constant.initializer)
    : undefined
}

function errorOf(project: Project, error: ts.Expression | undefined): LogCall['error'] {
  if (!error) return 'none'
  const type = project.checker.getTypeAtLocation(error)
  const undefinedType = project.checker.getUndefinedType()
  if (type === undefinedType) return 'none'
  const parameter = ts.isIdentifier(error) ? symbolOf(project, error)?.valueDeclaration : undefined
  // The type of `error?: unknown` does not say that it may be missing.
  const isOptional = parameter && ts.isParameter(parameter) && parameter.questionToken !== undefined
  return isOptional || membersOf(type).includes(undefinedType) ? 'if any' : 'attached'
}
