import ts from 'typescript'
import { handlerHeldBy } from './handlers.ts'
import { functionAround, type Place, placeOf } from './place.ts'
import { findNodes, type Project, walk } from './project.ts'
import { functionOf, symbolOf } from './types.ts'

/** What leads to a place: declared handlers, functions that open a context themselves, and roots without one. */
export type Paths = { readonly entries: ReadonlySet<string>; readonly uncovered: ReadonlySet<string> }

export type CallPaths = {
  /** Whether a node stands inside the work of a call that opens a context. */
  readonly isInContext: (node: ts.Node) => boolean
  readonly pathsTo: (node: ts.Node) => Paths
  /** The calls that open a context. */
  readonly openings: readonly { readonly place: Place; readonly within: string; readonly by: string }[]
}

/** Follows calls and references from any place up to the handlers and the programs that lead there. */
export function traceCalls(project: Project): CallPaths {
  const openers = findOpeners(project)
  const references = indexReferences(project)
  const openerOf = (call: ts.Node): string | undefined =>
    ts.isCallExpression(call) && ts.isIdentifier(call.expression)
      ? openers.get(symbolOf(project, call.expression) as ts.Symbol)
      : undefined

  function isInContext(node: ts.Node): boolean {
    return ancestorsOf(node).some((at) => openerOf(at.parent) !== undefined && isArgument(at))
  }

  function pathsTo(node: ts.Node): Paths {
    const entries = new Set<string>()
    const uncovered = new Set<string>()
    const seen = new Set<ts.Symbol>()
    function climb(from: ts.Node): void {
      for (const at of ancestorsOf(from)) {
        if (openerOf(at.parent) !== undefined && isArgument(at)) {
          entries.add(functionAround(at))
          return
        }
        const handler = handlerHeldBy(project, at)
        if (handler) {
          entries.add(handler)
          return
        }
        const symbol = symbolOfFunction(project, at)
        if (!symbol) continue
        if (seen.has(symbol)) return
        seen.add(symbol)
        const uses = references(symbol)
        if (uses.length === 0) uncovered.add(symbol.name)
        uses.forEach(climb)
        return
      }
      uncovered.add(placeOf(project, from).file)
    }
    climb(node)
    return { entries, uncovered }
  }

  const openings = findNodes(project, ts.isCallExpression).flatMap((node) => {
    const by = openerOf(node)
    return by ? [{ place: placeOf(project, node), within: functionAround(node), by }] : []
  })
  return { isInContext, pathsTo, openings }
}

function ancestorsOf(node: ts.Node): readonly ts.Node[] {
  const chain: ts.Node[] = []
  for (let at = node; !ts.isSourceFile(at); at = at.parent) chain.push(at)
  return chain
}

function isArgument(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.arguments.some((one) => one === node)
}

const CONTEXT_MODULE = '/src/observability/context.ts'

/** `runInContext`, and every function that hands a parameter of its own to one that opens a context. */
function findOpeners(project: Project): ReadonlyMap<ts.Symbol, string> {
  const calls = findNodes(project, ts.isCallExpression)
  const openers = new Map<ts.Symbol, string>()
  let grew = true
  while (grew) {
    grew = false
    for (const { expression, arguments: given } of calls) {
      if (!ts.isIdentifier(expression)) continue
      const callee = symbolOf(project, expression)
      if (!callee || !(isRunInContext(callee) || openers.has(callee))) continue
      const owners = isRunInContext(callee) ? [callee, ...ownersOf(project, given)] : ownersOf(project, given)
      for (const owner of owners) {
        if (openers.has(owner)) continue
        openers.set(owner, owner.name)
        grew = true
      }
    }
  }
  return openers
}

function isRunInContext(symbol: ts.Symbol): boolean {
  const file = symbol.valueDeclaration?.getSourceFile().fileName
  return symbol.name === 'runInContext' && file?.endsWith(CONTEXT_MODULE) === true
}

/** The functions whose parameters are among the arguments. */
function ownersOf(project: Project, given: readonly ts.Expression[]): ts.Symbol[] {
  return given.flatMap((argument) => {
    const parameter = ts.isIdentifier(argument) ? symbolOf(project, argument)?.valueDeclaration : undefined
    if (!parameter || !ts.isParameter(parameter) || !isFunctionTyped(project, parameter)) return []
    return symbolOfFunction(project, parameter.parent) ?? []
  })
}

function isFunctionTyped(project: Project, parameter: ts.ParameterDeclaration): boolean {
  return project.checker.getTypeAtLocation(parameter).getCallSignatures().length > 0
}

/** The name by which a function is called, if it has one. */
function symbolOfFunction(project: Project, node: ts.Node): ts.Symbol | undefined {
  if (ts.isFunctionDeclaration(node) && node.name) return project.checker.getSymbolAtLocation(node.name)
  const holder = ts.isFunctionLike(node) ? node.parent : undefined
  return holder && ts.isVariableDeclaration(holder) && ts.isIdentifier(holder.name)
    ? project.checker.getSymbolAtLocation(holder.name)
    : undefined
}

/** Finds the uses of a function: every identifier that means it, but its declaration and its imports. */
function indexReferences(project: Project): (symbol: ts.Symbol) => readonly ts.Identifier[] {
  const byText = new Map<string, ts.Identifier[]>()
  for (const file of project.sources) {
    walk(file, (node) => {
      if (!ts.isIdentifier(node) || ts.isImportSpecifier(node.parent) || ts.isExportSpecifier(node.parent))
        return
      byText.set(node.text, [...(byText.get(node.text) ?? []), node])
    })
  }
  return (symbol) =>
    (byText.get(symbol.name) ?? []).filter((node) => {
      const isDeclaration = symbol.declarations?.some((one) => (one as ts.NamedDeclaration).name === node)
      return !isDeclaration && symbolOf(project, node) === symbol
    })
}

/** Whether a function opens a context, itself or through the functions of ours that it calls. */
export function opensContext(project: Project, paths: CallPaths, start: ts.Node): boolean {
  const opened = new Set(paths.openings.map(({ place }) => `${place.file}:${place.line}`))
  const seen = new Set<ts.Node>()
  const look = (node: ts.Node): boolean => {
    if (seen.has(node)) return false
    seen.add(node)
    let found = false
    walk(node, (part) => {
      if (found || !ts.isCallExpression(part)) return
      const { file, line } = placeOf(project, part)
      const callee = functionOf(project, part.expression)
      found = opened.has(`${file}:${line}`) || (callee !== undefined && look(callee))
    })
    return found
  }
  return look(start)
}
