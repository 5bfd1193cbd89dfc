import ts from 'typescript'
import { type Finding, findingAt } from './finding.ts'
import { findNodes, type Project, pathOf } from './project.ts'
import { isErrorLike, symbolOf } from './types.ts'

/** The one file that reads them, to tell which of it may be said. */
const READER = 'src/observability/opaque-error.ts'
/** Drivers, parsers and the file system quote data in these. */
const TEXTS: ReadonlySet<string> = new Set(['message', 'stack', 'detail', 'hint'])

/** Where the words of an error are read, or an error is made into text. */
export function judgeErrorTexts(project: Project): readonly Finding[] {
  const reads = [
    ...findNodes(project, ts.isPropertyAccessExpression).filter(
      (node) =>
        TEXTS.has(node.name.text) && !isCallee(node) && isOfError(project, node.name, node.expression),
    ),
    ...findNodes(project, ts.isElementAccessExpression).filter(
      ({ argumentExpression: name, expression }) =>
        ts.isStringLiteral(name) && TEXTS.has(name.text) && isOfError(project, name, expression),
    ),
    ...findNodes(project, ts.isBindingElement).filter((node) => isReadFromError(project, node)),
  ]
  return [
    ...reads
      .filter((node) => pathOf(project, node.getSourceFile()) !== READER)
      .map((node) => findingAt(project, 'error-text', node)),
    ...findNodes(project, isTextMaker).flatMap((node) => judgeTextMaker(project, node)),
  ]
}

function isCallee(node: ts.PropertyAccessExpression): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node
}

/** Whether a member is not of a type of ours: of an error, of a library's, or of who knows what. */
function isOfError(project: Project, name: ts.Node, owner: ts.Expression): boolean {
  const asserted = assertedIn(owner)
  if (asserted) return canBeError(project.checker.getTypeAtLocation(asserted))
  const symbol = project.checker.getSymbolAtLocation(name)
  const isOurs = symbol?.declarations?.some((one) => project.sources.includes(one.getSourceFile()))
  return !isOurs || isErrorLike(project.checker.getTypeAtLocation(owner))
}

function isReadFromError(project: Project, node: ts.BindingElement): boolean {
  const name = node.propertyName ?? node.name
  if (!ts.isIdentifier(name) || !TEXTS.has(name.text)) return false
  const declaration = node.parent.parent
  const source = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined
  const asserted = source && assertedIn(source)
  return canBeError(project.checker.getTypeAtLocation(asserted ?? node.parent))
}

/** What stands before `as`: the assertion can give it members of any kind. */
function assertedIn(node: ts.Expression): ts.Expression | undefined {
  if (ts.isParenthesizedExpression(node)) return assertedIn(node.expression)
  return ts.isAsExpression(node) ? (assertedIn(node.expression) ?? node.expression) : undefined
}

function canBeError(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0 || isErrorLike(type)
}

type TextMaker = ts.CallExpression | ts.TemplateExpression | ts.BinaryExpression

function isTextMaker(node: ts.Node): node is TextMaker {
  return ts.isCallExpression(node) || ts.isTemplateExpression(node) || ts.isBinaryExpression(node)
}

const MAKERS: ReadonlySet<string> = new Set(['JSON.stringify', 'String', 'inspect', 'util.inspect', 'format'])

function judgeTextMaker(project: Project, node: TextMaker): Finding[] {
  return partsOf(node)
    .filter((part) => isError(project, part))
    .map((part) => findingAt(project, 'error-as-text', node, part.getText()))
}

/** What a call, a template or a sum makes text of. */
function partsOf(node: TextMaker): readonly ts.Expression[] {
  if (ts.isTemplateExpression(node)) return node.templateSpans.map(({ expression }) => expression)
  if (ts.isBinaryExpression(node)) {
    return node.operatorToken.kind === ts.SyntaxKind.PlusToken ? [node.left, node.right] : []
  }
  const callee = node.expression
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'toString') return [callee.expression]
  return MAKERS.has(callee.getText()) ? node.arguments : []
}

/** An error by its type, or the variable of a `catch`, whose type says nothing. */
function isError(project: Project, node: ts.Expression): boolean {
  const declaration = ts.isIdentifier(node) ? symbolOf(project, node)?.valueDeclaration : undefined
  if (declaration && ts.isCatchClause(declaration.parent)) return true
  return isErrorLike(project.checker.getTypeAtLocation(node))
}
