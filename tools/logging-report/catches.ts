import ts from 'typescript'
import { type Finding, findingAt } from './finding.ts'
import { type Deed, type Handler, judgeHandler, lookUpLogs } from './handler-outcome.ts'
import type { LogCall } from './log-calls.ts'
import { comparePlaces, functionAround, type Place, placeOf } from './place.ts'
import { findBelow, findNodes, type Project } from './project.ts'
import { reasonFor } from './reason.ts'
import { functionOf } from './types.ts'

/** One place where an error is caught. */
export type Catch = {
  readonly node: ts.Node
  readonly place: Place
  readonly within: string
  readonly form: 'catch' | '.catch()' | '.then(, …)' | "on('error')"
  readonly deeds: readonly Deed[]
  /** The comment that goes with it. */
  readonly reason: string | undefined
  readonly handler: Handler
}

type Found = { readonly node: ts.Node; readonly form: Catch['form']; readonly handler: ts.Node }

/** Finds every `catch` clause, rejection callback and listener to errors, and what each does. */
export function findCatches(project: Project, logCalls: readonly LogCall[]): readonly Catch[] {
  const lookup = lookUpLogs(project, logCalls)
  return [
    ...findNodes(project, ts.isCatchClause).map((node) => ({ node, form: 'catch', handler: node }) as const),
    ...findNodes(project, ts.isCallExpression).flatMap((node) => callbackOf(project, node) ?? []),
  ]
    .map(({ node, form, handler }) => {
      const code = handlerOf(project, handler)
      const deeds = code ? judgeHandler(project, code, lookup) : [deedOfUnknown(handler)]
      return {
        node,
        place: placeOf(project, ts.isCallExpression(node) ? handler : node),
        within: functionAround(node),
        form,
        deeds,
        reason: reasonFor(node),
        handler: code ?? { body: handler, error: undefined },
      }
    })
    .sort((a, b) => comparePlaces(a.place, b.place))
}

/** The function that a call hands over for the case of an error. */
function callbackOf(project: Project, node: ts.CallExpression): Found | undefined {
  const { expression, arguments: given } = node
  if (!ts.isPropertyAccessExpression(expression)) return undefined
  const [first, second] = given
  const method = expression.name.text
  if (method === 'catch' && first && isPromise(project, expression.expression)) {
    return { node, form: '.catch()', handler: first }
  }
  if (method === 'then' && second) return { node, form: '.then(, …)', handler: second }
  const listens = method === 'on' || method === 'once'
  return listens && second && first && ts.isStringLiteral(first) && first.text === 'error'
    ? { node, form: "on('error')", handler: second }
    : undefined
}

/** Schemas have a method `catch` too. */
function isPromise(project: Project, node: ts.Expression): boolean {
  return project.checker.getTypeAtLocation(node).getProperty('then') !== undefined
}

/** A function that is not ours, or a parameter: `reject` fails the promise, any other is told. */
function deedOfUnknown(handler: ts.Node): Deed {
  return handler.getText() === 'reject' ? 'rethrows' : 'hands on'
}

/** The code that handles the error; undefined when it is not written here. */
function handlerOf(project: Project, node: ts.Node): Handler | undefined {
  if (ts.isCatchClause(node)) {
    return { body: node.block, error: node.variableDeclaration?.name.getText() }
  }
  const declaration = functionOf(project, node)
  return declaration?.body && { body: declaration.body, error: declaration.parameters[0]?.name.getText() }
}

/** Errors that go nowhere without a word, and those that are told twice. */
export function judgeCatches(
  project: Project,
  catches: readonly Catch[],
  calls: readonly LogCall[],
): readonly Finding[] {
  const { isLogCall } = lookUpLogs(project, calls)
  return catches.flatMap(({ node, deeds, reason, form, handler }) => {
    if (deeds.includes('swallows') && !reason) return [findingAt(project, 'silent-catch', node, form)]
    // What a function that is called here logs may be another fact: the end of an attempt, say.
    const isLogged = findBelow(handler.body, ts.isCallExpression).some(isLogCall)
    return isLogged && deeds.includes('rethrows')
      ? [findingAt(project, 'logged-and-rethrown', node, form)]
      : []
  })
}
