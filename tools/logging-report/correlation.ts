import ts from 'typescript'
import { type CallPaths, opensContext } from './call-paths.ts'
import { type Finding, findingAt } from './finding.ts'
import { countHandlers, HANDLER_NAMES, type HandlerName, handlerCalledBy } from './handlers.ts'
import { comparePlaces, functionAround, type Place, placeOf } from './place.ts'
import { findNodes, type Project } from './project.ts'
import { nameOfType } from './types.ts'

/** A place where an entry point calls what a room declared. */
export type Dispatch = {
  readonly node: ts.Node
  readonly handler: HandlerName
  readonly place: Place
  readonly within: string
  readonly isInContext: boolean
}

/** A place where a job is enqueued or an event appended. */
export type Trigger = {
  readonly node: ts.CallExpression
  readonly kind: 'job' | 'event'
  readonly what: string
  readonly place: Place
  readonly within: string
  readonly reachedFrom: readonly string[]
  readonly uncovered: readonly string[]
}

/** Something that may open a context, and whether it does. */
export type Opening = { readonly name: string; readonly place: Place; readonly opens: boolean }

export type Correlation = {
  readonly dispatches: readonly Dispatch[]
  /** How many of each handler the rooms declare. */
  readonly declared: ReadonlyMap<HandlerName, number>
  /** What the HTTP frame does with requests besides calling routes. */
  readonly hooks: readonly Opening[]
  readonly commands: readonly Opening[]
  readonly triggers: readonly Trigger[]
}

export function readCorrelation(project: Project, paths: CallPaths): Correlation {
  const calls = findNodes(project, ts.isCallExpression)
  return {
    dispatches: calls.flatMap((node) => dispatchAt(project, paths, node) ?? []).sort(byPlace),
    declared: countHandlers(project),
    hooks: findNodes(project, (node) => ts.isCallExpression(node) || ts.isPropertyAssignment(node))
      .flatMap((node) => hookAt(project, paths, node) ?? [])
      .sort(byPlace),
    commands: calls.flatMap((node) => commandAt(project, paths, node) ?? []),
    triggers: calls.flatMap((node) => triggerAt(project, paths, node) ?? []).sort(byPlace),
  }
}

function byPlace(a: { place: Place }, b: { place: Place }): number {
  return comparePlaces(a.place, b.place)
}

function dispatchAt(project: Project, paths: CallPaths, node: ts.CallExpression): Dispatch | undefined {
  const handler = handlerCalledBy(project, node)
  return handler && { node, handler, ...around(project, node), isInContext: paths.isInContext(node) }
}

function around(project: Project, node: ts.Node): { place: Place; within: string } {
  return { place: placeOf(project, node), within: functionAround(node) }
}

/** What the HTTP frame is told to do with a request besides the routes. */
const FRAME_METHODS = ['setErrorHandler', 'setNotFoundHandler']
const FRAME_OPTIONS = ['clientErrorHandler', 'frameworkErrors']
const REQUEST_HOOKS = ['onRequest', 'onResponse', 'onRequestAbort', 'onError', 'onTimeout', 'onSend']

function hookNamed(project: Project, node: ts.Node): string | undefined {
  if (ts.isPropertyAssignment(node)) return FRAME_OPTIONS.find((name) => name === node.name.getText())
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const { expression, name } = node.expression
  const [first] = node.arguments
  const word = first && ts.isStringLiteral(first) ? first.text : undefined
  const isHook = name.text === 'addHook' && word !== undefined && REQUEST_HOOKS.includes(word)
  const isBareRoute = name.text === 'get' && word?.startsWith('/') === true
  if (!isHook && !isBareRoute && !FRAME_METHODS.includes(name.text)) return undefined
  const isFrame = project.checker.getTypeAtLocation(expression).getProperty('setErrorHandler') !== undefined
  return isFrame ? [name.text, word].filter((part) => part !== undefined).join(' ') : undefined
}

function hookAt(project: Project, paths: CallPaths, node: ts.Node): Opening | undefined {
  const name = hookNamed(project, node)
  return name ? { name, place: placeOf(project, node), opens: opensContext(project, paths, node) } : undefined
}

/** `program.command('name')…action(…)`. */
function commandAt(project: Project, paths: CallPaths, node: ts.CallExpression): Opening | undefined {
  const { expression, arguments: given } = node
  const [action] = given
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'action' || !action)
    return undefined
  const name = commandNamed(expression.expression)
  return name
    ? { name, place: placeOf(project, action), opens: opensContext(project, paths, action) }
    : undefined
}

function commandNamed(chain: ts.Expression): string | undefined {
  if (!ts.isCallExpression(chain) || !ts.isPropertyAccessExpression(chain.expression)) return undefined
  const [name] = chain.arguments
  return chain.expression.name.text === 'command' && name && ts.isStringLiteral(name)
    ? name.text
    : commandNamed(chain.expression.expression)
}

const TRIGGERS = { Enqueue: 'job', AppendEvent: 'event' } as const

function triggerAt(project: Project, paths: CallPaths, node: ts.CallExpression): Trigger | undefined {
  const { expression } = node
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression
  if (!ts.isIdentifier(name) || (name.text !== 'enqueue' && name.text !== 'appendEvent')) return undefined
  const type = nameOfType(project.checker.getTypeAtLocation(expression))
  const kind = type && Object.hasOwn(TRIGGERS, type) ? TRIGGERS[type as keyof typeof TRIGGERS] : undefined
  if (!kind) return undefined
  const { entries, uncovered } = paths.pathsTo(node)
  return {
    node,
    kind,
    what: kind === 'job' ? (node.arguments[1]?.getText() ?? '') : actionsOf(project, node),
    ...around(project, node),
    reachedFrom: [...entries].sort(),
    uncovered: [...uncovered].sort(),
  }
}

/** The actions of an event, by the type of its member; one that callers choose stands as `…`. */
function actionsOf(project: Project, node: ts.CallExpression): string {
  const event = node.arguments[1]
  const type = event && project.checker.getTypeAtLocation(event)
  const action = type?.getProperty('action')
  if (!action || !event) return '…'
  const members = project.checker.getTypeOfSymbolAtLocation(action, event)
  return members.isStringLiteral() ? members.value : '…'
}

/** Entry points and work without a context. */
export function judgeCorrelation(project: Project, found: Correlation): readonly Finding[] {
  const { dispatches, declared, hooks, triggers } = found
  const called = new Set(dispatches.map(({ handler }) => handler))
  const missing = HANDLER_NAMES.filter((name) => !called.has(name) || !declared.has(name)).map(
    (name) => `${name}: ${declared.has(name) ? 'nothing calls it' : 'none is declared'}`,
  )
  if (!hooks.some(({ name, opens }) => name === 'addHook onRequest' && opens)) missing.push('HTTP request')
  return [
    ...dispatches
      .filter(({ isInContext }) => !isInContext)
      .map(({ node, handler }) => findingAt(project, 'entry-without-context', node, handler)),
    ...project.sources
      .slice(0, 1)
      .flatMap((file) => missing.map((name) => findingAt(project, 'entry-without-context', file, name))),
    ...triggers.flatMap(({ node, kind, uncovered }) =>
      uncovered.map((root) => findingAt(project, 'work-without-context', node, `${kind}, from ${root}`)),
    ),
  ]
}
