import ts from 'typescript'
import type { LogCall } from './log-calls.ts'
import { type Project, walk } from './project.ts'
import { functionOf } from './types.ts'

/** What is done with a caught error. */
export type Deed =
  | 'logs'
  | 'translates'
  | 'rethrows'
  | 'compensates'
  | 'hands on'
  | 'lets one pass'
  | 'swallows'

export type Handler = {
  /** A block, or the expression of an arrow function. */
  readonly body: ts.Node
  /** The name that the error has inside, if it has one. */
  readonly error: string | undefined
}

/** Decides from the code of a handler what becomes of the error. Functions it calls are looked into for log calls. */
export function judgeHandler(project: Project, handler: Handler, logCalls: LogLookup): readonly Deed[] {
  const facts = collectFacts(project, handler, logCalls)
  const deeds: Deed[] = []
  if (facts.logs) deeds.push('logs')
  if (facts.acts) deeds.push('compensates')
  if (facts.throwsOther) deeds.push('translates')
  if (facts.throwsSame) deeds.push('rethrows')
  if (facts.usesError) deeds.push('hands on')
  const passes = !facts.logs && !facts.acts && !facts.usesError && !alwaysThrows(project, handler.body)
  if (passes) deeds.push(passedOn(facts))
  return deeds
}

/** What it is when the code goes on: by the kind of the error, or whatever it is. */
function passedOn({ choosesByError, throws }: Facts): Deed {
  if (!choosesByError) return 'swallows'
  return throws ? 'lets one pass' : 'hands on'
}

type Facts = {
  logs: boolean
  acts: boolean
  throws: boolean
  throwsOther: boolean
  throwsSame: boolean
  usesError: boolean
  choosesByError: boolean
}

function collectFacts(project: Project, { body, error }: Handler, logCalls: LogLookup): Facts {
  const facts: Facts = {
    logs: false,
    acts: false,
    throws: false,
    throwsOther: false,
    throwsSame: false,
    usesError: false,
    choosesByError: false,
  }
  const isError = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === error
  /** The error, and what was made from it by the way. */
  const names = new Set([error])
  const speaksOfError = (node: ts.Node): boolean => {
    let found = false
    walk(node, (part) => {
      found ||= ts.isIdentifier(part) && names.has(part.text)
    })
    return found
  }

  function thrown(node: ts.Expression): void {
    facts.throws = true
    if (isError(node)) facts.throwsSame = true
    else facts.throwsOther = true
  }

  function lookAtCall(node: ts.CallExpression): void {
    if (logCalls.writes(node)) facts.logs = true
    else if (rejects(node)) thrown(node.arguments[0] ?? node)
    else if (neverReturns(project, node)) facts.throws = facts.throwsOther = true
    else if (isStatement(node)) facts.acts = true
    else if (node.arguments.some(speaksOfError)) facts.usesError = true
  }

  function look(node: ts.Node): void {
    if (ts.isThrowStatement(node)) {
      thrown(node.expression)
      return
    }
    const condition = conditionOf(node)
    if (condition && speaksOfError(condition)) facts.choosesByError = true
    if (ts.isCallExpression(node)) lookAtCall(node)
    if (ts.isVariableDeclaration(node) && node.initializer && speaksOfError(node.initializer)) {
      walk(node.name, (part) => {
        if (ts.isIdentifier(part)) names.add(part.text)
      })
    }
    if (ts.isReturnStatement(node) && node.expression && speaksOfError(node.expression))
      facts.usesError = true
    if (isAssignment(node)) facts.acts = true
    node.forEachChild((child) => {
      if (child !== condition) look(child)
    })
  }

  if (ts.isBlock(body)) body.statements.forEach(look)
  else {
    if (speaksOfError(body) && !ts.isCallExpression(body)) facts.usesError = true
    look(body)
  }
  return facts
}

/** Whether a call is a statement of its own, so that its effect is what counts. */
function isStatement(node: ts.CallExpression): boolean {
  let at: ts.Node = node.parent
  while (ts.isAwaitExpression(at) || ts.isVoidExpression(at)) at = at.parent
  return ts.isExpressionStatement(at) || ts.isArrowFunction(at)
}

/** What decides, which says nothing of what is done. */
function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node)) return node.expression
  return ts.isConditionalExpression(node) ? node.condition : undefined
}

function isAssignment(node: ts.Node): boolean {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken
}

/** `reject(error)` inside the executor of a promise. */
function rejects({ expression }: ts.CallExpression): boolean {
  return ts.isIdentifier(expression) && expression.text === 'reject'
}

function neverReturns(project: Project, node: ts.CallExpression): boolean {
  const declared = functionOf(project, node.expression)?.type
  return declared?.kind === ts.SyntaxKind.NeverKeyword
}

/** Whether no path leads to the end of the handler or to a `return`. */
function alwaysThrows(project: Project, node: ts.Node): boolean {
  if (!ts.isBlock(node)) return throwsHere(project, node)
  let returns = false
  walk(node, (part) => {
    returns ||= ts.isReturnStatement(part)
  })
  const last = node.statements.at(-1)
  return !returns && last !== undefined && throwsHere(project, last)
}

function throwsHere(project: Project, node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return true
  if (ts.isExpressionStatement(node)) return throwsHere(project, node.expression)
  if (ts.isBlock(node)) return alwaysThrows(project, node)
  if (ts.isIfStatement(node)) {
    const { thenStatement, elseStatement } = node
    return (
      elseStatement !== undefined && [thenStatement, elseStatement].every((one) => throwsHere(project, one))
    )
  }
  return ts.isCallExpression(node) && (rejects(node) || neverReturns(project, node))
}

export type LogLookup = {
  readonly isLogCall: (call: ts.CallExpression) => boolean
  /** Whether a call is a log call, or calls a function of ours that writes a line. */
  readonly writes: (call: ts.CallExpression) => boolean
}

/** Knows the log calls, and the functions that contain one. */
export function lookUpLogs(project: Project, calls: readonly LogCall[]): LogLookup {
  const nodes = new Set(calls.map(({ node }) => node))
  const known = new Map<ts.Node, boolean>()

  function contains(declaration: ts.Node): boolean {
    const answer = known.get(declaration)
    if (answer !== undefined) return answer
    known.set(declaration, false)
    let found = false
    walk(declaration, (node) => {
      if (!found && ts.isCallExpression(node)) found = writes(node)
    })
    known.set(declaration, found)
    return found
  }
  function writes(call: ts.CallExpression): boolean {
    if (nodes.has(call)) return true
    const declaration = functionOf(project, call.expression)
    return declaration !== undefined && contains(declaration)
  }
  return { isLogCall: (call) => nodes.has(call), writes }
}
