import ts from 'typescript'
import { type Finding, findingAt } from './finding.ts'
import { comparePlaces, functionAround, type Place, placeOf } from './place.ts'
import { findNodes, findSource, type Project, pathOf, walk } from './project.ts'
import { literalsOf, symbolOf } from './types.ts'

/** One place where sensitive values are looked at. */
export type Reveal = {
  readonly node: ts.CallExpression
  readonly place: Place
  readonly within: string
  /** The function that reveals, such as `reveal`. */
  readonly by: string
  /** What is revealed, as it stands in the code. */
  readonly what: string
  /** Undefined when it is not a literal. */
  readonly purpose: string | undefined
}

const PURPOSE = 'RevealPurpose'

/** Calls of the functions of ours that take a `RevealPurpose`: of single values, and of all that a database gives. */
export function findReveals(project: Project): readonly Reveal[] {
  const revealers = new Map<ts.Symbol, number>()
  for (const declaration of findNodes(project, ts.isFunctionDeclaration)) {
    const index = declaration.parameters.findIndex(({ type }) => type?.getText() === PURPOSE)
    const symbol = declaration.name && symbolOf(project, declaration.name)
    if (index >= 0 && symbol) revealers.set(symbol, index)
  }
  if (revealers.size === 0) throw new Error(`no function takes a ${PURPOSE}`)
  const names = new Set([...revealers.keys()].map(({ name }) => name))
  return findNodes(project, ts.isCallExpression)
    .flatMap((node) => {
      const { expression } = node
      if (!ts.isIdentifier(expression) || !names.has(expression.text)) return []
      const index = revealers.get(symbolOf(project, expression) as ts.Symbol)
      return index === undefined ? [] : [describeReveal(project, node, expression.text, index)]
    })
    .sort((a, b) => comparePlaces(a.place, b.place))
}

function describeReveal(project: Project, node: ts.CallExpression, by: string, index: number): Reveal {
  const purpose = node.arguments[index]
  const isLiteral = purpose !== undefined && ts.isStringLiteral(purpose)
  return {
    node,
    place: placeOf(project, node),
    within: functionAround(node),
    by,
    what: node.arguments[0]?.getText().replace(/\s+/g, ' ') ?? '',
    purpose: isLiteral ? literalsOf(project.checker.getTypeAtLocation(purpose))?.[0] : undefined,
  }
}

/** Reveals without a purpose, values read past `reveal`, and columns that stores alone should name. */
export function judgeSensitive(project: Project, reveals: readonly Reveal[]): readonly Finding[] {
  return [
    ...reveals
      .filter(({ purpose }) => purpose === undefined)
      .map(({ node }) => findingAt(project, 'reveal-purpose', node)),
    ...findNodes(project, ts.isPropertyAccessExpression)
      .filter(({ name }) => name.text === 'toPostgres')
      .map((node) => findingAt(project, 'reveal-purpose', node)),
    ...judgeStatements(project),
  ]
}

const COLUMNS_MODULE = 'src/platform/columns.ts'

/** Texts outside of stores that name a personal or secret column together with its table. */
function judgeStatements(project: Project): Finding[] {
  const tables = readClassifiedColumns(project)
  return project.sources
    .filter((file) => !file.fileName.endsWith('store.ts') && pathOf(project, file) !== COLUMNS_MODULE)
    .flatMap((file) => {
      const findings: Finding[] = []
      walk(file, (node) => {
        const text = textOf(node)
        if (text === undefined) return
        for (const [table, columns] of tables) {
          if (!new RegExp(`\\b(from|join|into|update)\\s+(\\w+\\.)?${table}\\b`, 'i').test(text)) continue
          const named = columns.filter((column) => new RegExp(`\\b${column}\\b`).test(text))
          if (named.length > 0) {
            findings.push(findingAt(project, 'personal-column', node, `${table}: ${named.join(', ')}`))
          }
        }
      })
      return findings
    })
}

/** The whole text of a literal or a template, whatever is put into its gaps. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  return ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(' ')
    : undefined
}

/** The personal and secret columns by their table, as the platform classifies them. */
function readClassifiedColumns(project: Project): ReadonlyMap<string, readonly string[]> {
  const file = findSource(project, COLUMNS_MODULE)
  const tables = new Map<string, string[]>()
  if (file) {
    walk(file, (node) => {
      if (!ts.isPropertyAssignment(node) || !['personal', 'secret'].includes(node.name.getText())) return
      const table = node.parent.parent
      if (!ts.isPropertyAssignment(table) || !ts.isStringLiteralLike(node.initializer)) return
      const name = table.name.getText()
      tables.set(name, [...(tables.get(name) ?? []), ...node.initializer.text.trim().split(/\s+/)])
    })
  }
  if (tables.size === 0) throw new Error(`${COLUMNS_MODULE} classifies no column`)
  return tables
}
