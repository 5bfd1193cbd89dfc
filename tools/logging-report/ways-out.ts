import ts from 'typescript'
import { excerptOf, type Finding, findingAt } from './finding.ts'
import { findNodes, type Project, pathOf, walk } from './project.ts'
import { isDeclaredIn, symbolOf } from './types.ts'

/** What writes past the log: the console, the terminal, warnings, children; and what was left from debugging. */
export function judgeWaysOut(
  project: Project,
  writers: Readonly<Record<string, string>>,
): readonly Finding[] {
  return [
    ...findNodes(project, ts.isIdentifier).flatMap((node) => judgeConsole(project, node)),
    ...findTerminalUses(project)
      .filter((node) => !Object.hasOwn(writers, pathOf(project, node.getSourceFile())))
      .map((node) => findingAt(project, 'terminal', node)),
    ...findNodes(project, ts.isPropertyAccessExpression)
      .filter(({ name, expression }) => name.text === 'emitWarning' && isProcess(project, expression))
      .map((node) => findingAt(project, 'process-warning', node)),
    ...findNodes(project, ts.isCallExpression).flatMap((node) => judgeChild(project, node)),
    ...findNodes(project, ts.isDebuggerStatement).map((node) => findingAt(project, 'debug-leftover', node)),
    ...project.tests.flatMap((file) => judgeTest(project, file)),
  ]
}

function judgeConsole(project: Project, node: ts.Identifier): Finding[] {
  if (node.text !== 'console' || !isDeclaredIn(symbolOf(project, node), '/@types/node/')) return []
  return [findingAt(project, 'console', node, excerptOf(node.parent))]
}

/** The files that write to standard output or error. */
export function listTerminalWriters(project: Project): readonly string[] {
  return [...new Set(findTerminalUses(project).map((node) => pathOf(project, node.getSourceFile())))]
}

/** `process.stdout`, and calls of the file system that name the descriptor 1 or 2. */
function findTerminalUses(project: Project): readonly ts.Node[] {
  return [
    ...findNodes(project, ts.isPropertyAccessExpression).filter(
      ({ name, expression }) =>
        (name.text === 'stdout' || name.text === 'stderr') && isProcess(project, expression),
    ),
    ...findNodes(project, ts.isCallExpression).filter((node) => writesToDescriptor(project, node)),
  ]
}

const FILE_WRITERS = ['write', 'writeSync', 'writev', 'writevSync', 'writeFileSync', 'appendFileSync']

function writesToDescriptor(
  project: Project,
  { expression, arguments: [target] }: ts.CallExpression,
): boolean {
  if (!ts.isIdentifier(expression) || !FILE_WRITERS.includes(expression.text) || !target) return false
  if (!isDeclaredIn(symbolOf(project, expression), '/@types/node/fs')) return false
  const type = project.checker.getTypeAtLocation(target)
  if (type.isStringLiteral()) return /^\/dev\/std(out|err)$/.test(type.value)
  return type.isNumberLiteral() && (type.value === 1 || type.value === 2)
}

function isProcess(project: Project, node: ts.Expression): boolean {
  if (!ts.isIdentifier(node)) return false
  return node.text === 'process' && isDeclaredIn(symbolOf(project, node), '/@types/node/')
}

const STARTERS = ['spawn', 'spawnSync', 'fork', 'exec', 'execFile', 'execSync', 'execFileSync']

/** A child whose output is ours; `fork` shares it unless told otherwise. */
function judgeChild(project: Project, node: ts.CallExpression): Finding[] {
  const { expression } = node
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression
  if (!ts.isIdentifier(name) || !STARTERS.includes(name.text)) return []
  if (!isDeclaredIn(symbolOf(project, name), 'child_process')) return []
  const options = node.arguments.find(ts.isObjectLiteralExpression)
  const stdio = options?.properties.find((member) => member.name?.getText() === 'stdio')
  const isInherited = stdio ? inherits(stdio) : name.text === 'fork'
  return isInherited ? [findingAt(project, 'inherited-stdio', node, name.text)] : []
}

function inherits(stdio: ts.Node): boolean {
  let found = false
  walk(stdio, (node) => {
    const isOurs = ts.isNumericLiteral(node) && (node.text === '1' || node.text === '2')
    found ||= isOurs || (ts.isStringLiteral(node) && node.text === 'inherit')
  })
  return found
}

/** `it.only` and its kind: the other tests would be skipped without a word. */
function judgeTest(project: Project, file: ts.SourceFile): Finding[] {
  const findings: Finding[] = []
  walk(file, (node) => {
    const isOnly = ts.isPropertyAccessExpression(node) && node.name.text === 'only'
    const isRunner = isOnly && ['it', 'test', 'describe'].includes(node.expression.getText(file))
    if (isRunner || ts.isDebuggerStatement(node)) findings.push(findingAt(project, 'debug-leftover', node))
  })
  return findings
}
