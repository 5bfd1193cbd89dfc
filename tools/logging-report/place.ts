import ts from 'typescript'
import { type Project, pathOf } from './project.ts'

/** Where something stands in the source. */
export type Place = { readonly file: string; readonly line: number }

export function placeOf(project: Project, node: ts.Node): Place {
  const file = node.getSourceFile()
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
  return { file: pathOf(project, file), line: line + 1 }
}

/** `src/queue/run.ts` lies in the room `queue`. */
export function roomOf(file: string): string {
  return file.split('/')[1] ?? ''
}

/** `queue/run.ts:12`. */
export function showPlace({ file, line }: Place): string {
  return `${file.replace(/^src\//, '')}:${line}`
}

export function comparePlaces(a: Place, b: Place): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1
}

/** The name of the function that a node stands in, or of the constant or member that holds that function. */
export function functionAround(node: ts.Node): string {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    if (ts.isFunctionDeclaration(at) && at.name) return at.name.text
    if ((ts.isMethodDeclaration(at) || ts.isPropertyAssignment(at)) && ts.isIdentifier(at.name)) {
      if (ts.isMethodDeclaration(at) || ts.isFunctionLike(at.initializer)) return at.name.text
    }
    if (ts.isVariableDeclaration(at) && ts.isIdentifier(at.name) && at.initializer) {
      if (ts.isFunctionLike(at.initializer)) return at.name.text
    }
  }
  return '(module)'
}
