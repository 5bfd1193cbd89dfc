import { join, relative } from 'node:path'
import ts from 'typescript'

/** The source as the compiler sees it. */
export type Project = {
  readonly root: string
  readonly program: ts.Program
  readonly checker: ts.TypeChecker
  /** What runs in production, with types. */
  readonly sources: readonly ts.SourceFile[]
  /** The tests beside it: read, but not typed, since they plant names and secrets on purpose. */
  readonly tests: readonly ts.SourceFile[]
}

/** Texts by path from the root, which stand in the place of files on disk or beside them. */
export type Planted = Readonly<Record<string, string>>

const isTest = (file: string) => file.endsWith('.test.ts')

/**
 * Reads the files of `src` that `tsconfig.json` names. With `previous` the files that did not change are not parsed
 * again. Throws when the settings of the compiler cannot be read.
 */
export function openProject(root: string, planted: Planted = {}, previous?: Project): Project {
  const { options, fileNames } = readSettings(root)
  const texts = new Map(Object.entries(planted).map(([file, text]) => [join(root, file), text]))
  const files = [...new Set([...fileNames, ...texts.keys()])]
    .filter((file) => file.startsWith(join(root, 'src/')))
    .sort()
  const host = hostWith(texts, options, previous)
  const program = ts.createProgram(
    files.filter((file) => !isTest(file)),
    options,
    host,
  )
  const sources = files.filter((file) => !isTest(file)).map((file) => program.getSourceFile(file))
  const tests = files
    .filter(isTest)
    .map((file) => ts.createSourceFile(file, host.readFile(file) ?? '', ts.ScriptTarget.Latest, true))
  return {
    root,
    program,
    checker: program.getTypeChecker(),
    sources: sources.filter((file) => file !== undefined),
    tests,
  }
}

function readSettings(root: string): { options: ts.CompilerOptions; fileNames: string[] } {
  const settings = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
    },
  })
  if (!settings) throw new Error('tsconfig.json cannot be read')
  const { incremental: _incremental, tsBuildInfoFile: _file, ...options } = settings.options
  return { options, fileNames: settings.fileNames }
}

function hostWith(
  texts: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
  previous: Project | undefined,
): ts.CompilerHost {
  const disk = ts.createCompilerHost(options)
  return {
    ...disk,
    fileExists: (file) => texts.has(file) || disk.fileExists(file),
    readFile: (file) => texts.get(file) ?? disk.readFile(file),
    getSourceFile: (file, target) => {
      const text = texts.get(file)
      if (text !== undefined) return ts.createSourceFile(file, text, target)
      return previous?.program.getSourceFile(file) ?? disk.getSourceFile(file, target)
    },
  }
}

/** Path from the root, such as `src/queue/run.ts`. */
export function pathOf(project: Project, file: ts.SourceFile): string {
  return relative(project.root, file.fileName)
}

/** The file of `src` with this path, if there is one. */
export function findSource(project: Project, path: string): ts.SourceFile | undefined {
  return project.program.getSourceFile(join(project.root, path))
}

/** Shows `look` a node and everything below it. */
export function walk(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node)
  node.forEachChild((child) => walk(child, look))
}

/** Every node below one that `isWanted` accepts. */
export function findBelow<T extends ts.Node>(
  node: ts.Node,
  isWanted: (node: ts.Node) => node is T,
): readonly T[] {
  const found: T[] = []
  walk(node, (part) => {
    if (isWanted(part)) found.push(part)
  })
  return found
}

/** Every node of the production source that `isWanted` accepts, in the order of files and lines. */
export function findNodes<T extends ts.Node>(
  project: Project,
  isWanted: (node: ts.Node) => node is T,
): readonly T[] {
  return project.sources.flatMap((file) => findBelow(file, isWanted))
}
