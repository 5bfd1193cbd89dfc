import ts from 'typescript'
import { type Finding, findingAt } from './finding.ts'
import { type LogCall, literalBehind } from './log-calls.ts'
import { findNodes, type Project } from './project.ts'
import { isBranded, isFreeText, membersOf, nameOfType, symbolOf } from './types.ts'

/** What is wrong with the arguments of log calls, and strings that were only declared to be fit for them. */
export function judgeLogCalls(project: Project, calls: readonly LogCall[]): readonly Finding[] {
  return [
    ...calls.flatMap((call) => [
      ...judgeCallee(project, call),
      ...judgeTypes(project, call),
      ...judgeCode(project, call),
      ...judgeOrigins(project, call),
    ]),
    ...findNodes(project, ts.isAsExpression)
      .filter((node) => givesBrand(project, node))
      .map((node) => findingAt(project, 'brand-given', node)),
  ]
}

/** `name as Id`: the compiler believes it, wherever it is written. */
function givesBrand(project: Project, { type }: ts.AsExpression): boolean {
  return ts.isTypeReferenceNode(type) && isBranded(project.checker.getTypeFromTypeNode(type))
}

function judgeCallee(project: Project, { node, logger, levels }: LogCall): Finding[] {
  const isKnown = logger !== undefined && levels.length > 0
  return isKnown ? [] : [findingAt(project, 'logger-unknown', node, node.expression.getText())]
}

function judgeTypes(project: Project, { node, fields }: LogCall): Finding[] {
  const [event] = node.arguments
  const isLiteral = event !== undefined && ts.isStringLiteral(event)
  return [
    ...(isLiteral ? [] : [findingAt(project, 'event-not-literal', event ?? node)]),
    ...[...fields]
      .filter(([, type]) => isFreeText(type))
      .map(([name, type]) =>
        findingAt(project, 'free-text', node, `${name}: ${project.checker.typeToString(type)}`),
      ),
  ]
}

/** Fields that are not named in place, and assertions: in the call itself and in what its constants are set to. */
function judgeCode(project: Project, { node }: LogCall): Finding[] {
  const [, fields] = node.arguments
  const literal = fields && literalBehind(project, fields)
  const findings = fields && !literal ? [findingAt(project, 'fields-elsewhere', fields)] : []
  const roots = literal ? [...node.arguments, literal] : node.arguments
  for (const part of withConstants(project, roots, (one) => !ts.isCallExpression(one))) {
    if (ts.isSpreadAssignment(part) || ts.isSpreadElement(part)) {
      findings.push(findingAt(project, 'fields-elsewhere', part))
    }
    const asserts =
      ts.isAsExpression(part) && !ts.isConstTypeReference(part.type) && !givesBrand(project, part)
    if (asserts || ts.isNonNullExpression(part) || ts.isTypeAssertionExpression(part)) {
      findings.push(findingAt(project, 'cast-in-log', part))
    }
  }
  return findings
}

/** Types that hold an address or headers. */
const ADDRESSES: ReadonlySet<string | undefined> = new Set([
  'URL',
  'URLSearchParams',
  'Headers',
  'IncomingHttpHeaders',
  'Cookie',
])
const REQUESTS: ReadonlySet<string | undefined> = new Set([
  'FastifyRequest',
  'IncomingMessage',
  'Request',
  'Socket',
])
/** What a request says in its sender's words. Its method, and the template of its route, are ours. */
const SENT_BY_CLIENT: ReadonlySet<string> = new Set([
  ...['url', 'originalUrl', 'headers', 'rawHeaders', 'query', 'params', 'body', 'cookies', 'raw', 'socket'],
  ...['ip', 'ips', 'host', 'hostname', 'port', 'remoteAddress', 'referrer', 'text', 'json', 'formData'],
])

function judgeOrigins(project: Project, { node }: LogCall): Finding[] {
  const nameOf = (part: ts.Expression) =>
    membersOf(project.checker.getNonNullableType(project.checker.getTypeAtLocation(part))).map(nameOfType)
  return withConstants(project, node.arguments, () => true)
    .filter((part) => {
      if (ts.isIdentifier(part) && ts.isExpression(part))
        return nameOf(part).some((name) => ADDRESSES.has(name))
      const isSaid = ts.isPropertyAccessExpression(part) && SENT_BY_CLIENT.has(part.name.text)
      return isSaid && nameOf(part.expression).some((name) => REQUESTS.has(name))
    })
    .map((part) => findingAt(project, 'request-in-log', part))
}

/** Every node of the arguments, and of the initializers of the local constants that they name; no functions. */
function withConstants(
  project: Project,
  roots: readonly ts.Node[],
  isFollowed: (initializer: ts.Expression) => boolean,
): readonly ts.Node[] {
  const seen = new Set<ts.Node>()
  const look = (node: ts.Node): void => {
    if (seen.has(node) || ts.isFunctionLike(node)) return
    seen.add(node)
    const constant = ts.isIdentifier(node) ? symbolOf(project, node)?.valueDeclaration : undefined
    const isLocal = constant?.getSourceFile() === node.getSourceFile()
    const value = constant && isLocal && ts.isVariableDeclaration(constant) ? constant.initializer : undefined
    if (value && isFollowed(ts.isAwaitExpression(value) ? value.expression : value)) look(value)
    node.forEachChild(look)
  }
  for (const root of roots) look(root)
  return [...seen]
}
