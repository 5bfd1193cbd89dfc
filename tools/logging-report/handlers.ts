import ts from 'typescript'
import { findNodes, type Project } from './project.ts'
import { functionOf, nameOfType } from './types.ts'

/** The handlers that rooms declare and entry points call, by the type and the member that holds them. */
const HANDLERS = [
  { type: 'Route', member: 'handle', name: 'route' },
  { type: 'RouteDefinition', member: 'handle', name: 'route' },
  { type: 'RawRoute', member: 'handle', name: 'raw route' },
  { type: 'ProtocolRoute', member: 'handle', name: 'protocol route' },
  { type: 'JobHandler', member: 'run', name: 'job' },
  { type: 'JobHandler', member: 'onLost', name: 'lost job' },
  { type: 'SweepTask', member: 'run', name: 'scheduled task' },
] as const
export type HandlerName = (typeof HANDLERS)[number]['name']
export const HANDLER_NAMES: readonly HandlerName[] = [...new Set(HANDLERS.map(({ name }) => name))]
const MEMBERS: ReadonlySet<string> = new Set(HANDLERS.map(({ member }) => member))

/** The kind of handler that a call such as `route.handle(…)` runs. */
export function handlerCalledBy(
  project: Project,
  { expression }: ts.CallExpression,
): HandlerName | undefined {
  if (!ts.isPropertyAccessExpression(expression) || !MEMBERS.has(expression.name.text)) return undefined
  const owner = nameOfType(project.checker.getTypeAtLocation(expression.expression))
  return findHandler(owner, expression.name.text)
}

/** The kind of handler that a function is, when it is the member of an object of such a type. */
export function handlerHeldBy(project: Project, node: ts.Node): HandlerName | undefined {
  const member = node.parent
  if (!ts.isFunctionLike(node) || !ts.isPropertyAssignment(member)) return undefined
  const name = member.name.getText()
  return MEMBERS.has(name) ? findHandler(typeOfLiteral(project, member.parent), name) : undefined
}

/** How many of each kind the rooms declare. */
export function countHandlers(project: Project): ReadonlyMap<HandlerName, number> {
  const counts = new Map<HandlerName, number>()
  for (const { initializer } of findNodes(project, ts.isPropertyAssignment)) {
    const handler = handlerHeldBy(project, initializer)
    if (handler) counts.set(handler, (counts.get(handler) ?? 0) + 1)
  }
  return counts
}

function findHandler(type: string | undefined, member: string): HandlerName | undefined {
  return HANDLERS.find((one) => one.type === type && one.member === member)?.name
}

/** The type that an object is written for: as annotated, or, when nothing is, as the compiler infers. */
function typeOfLiteral(project: Project, literal: ts.ObjectLiteralExpression): string | undefined {
  const annotated = annotationFor(project, literal)
  if (annotated) return nameOfAnnotation(annotated)
  const type = project.checker.getContextualType(literal)
  return type && nameOfType(type)
}

/** The type of the parameter, the result or the constant that an expression stands for. */
function annotationFor(project: Project, node: ts.Expression): ts.TypeNode | undefined {
  const { parent } = node
  if (ts.isArrayLiteralExpression(parent)) return annotationFor(project, parent)
  if (ts.isCallExpression(parent)) {
    const index = parent.arguments.indexOf(node)
    return functionOf(project, parent.expression)?.parameters[index]?.type
  }
  if (ts.isVariableDeclaration(parent) || ts.isArrowFunction(parent)) return parent.type
  if (!ts.isReturnStatement(parent)) return undefined
  return ts.findAncestor(parent, ts.isFunctionLike)?.type
}

/** `SweepTask` of `readonly SweepTask[]`. */
function nameOfAnnotation(type: ts.TypeNode): string | undefined {
  if (ts.isTypeOperatorNode(type)) return nameOfAnnotation(type.type)
  if (ts.isArrayTypeNode(type)) return nameOfAnnotation(type.elementType)
  return ts.isTypeReferenceNode(type) ? type.typeName.getText() : undefined
}
