import ts from 'typescript'
import type { Project } from './project.ts'

/** The members of a union, or the type itself. */
export function membersOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type]
}

/** The strings that a type is made of, undefined when it also allows others. */
export function literalsOf(type: ts.Type): readonly string[] | undefined {
  const members = membersOf(type)
  return members.every((member) => member.isStringLiteral())
    ? members.map((member) => (member as ts.StringLiteralType).value)
    : undefined
}

/** The strings of a tuple type such as that of `['a', 'b'] as const`. */
export function tupleLiteralsOf(project: Project, type: ts.Type): readonly string[] | undefined {
  if (!project.checker.isTupleType(type)) return undefined
  const literals = project.checker.getTypeArguments(type as ts.TypeReference).map(literalsOf)
  return literals.every((words) => words !== undefined) ? literals.flat() : undefined
}

/** Whether a value of this type can hold words that somebody typed: any string, or anything at all. */
export function isFreeText(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some(isFreeText)
  // A string with a brand was checked when it was branded.
  if (type.isIntersection()) return type.types.every(({ flags }) => (flags & ts.TypeFlags.StringLike) !== 0)
  if (type.flags & ts.TypeFlags.TemplateLiteral) {
    return (type as ts.TemplateLiteralType).types.some(isFreeText)
  }
  const { String: text, StringMapping, Any, Unknown, Object: object, NonPrimitive } = ts.TypeFlags
  return (type.flags & (text | StringMapping | Any | Unknown | object | NonPrimitive)) !== 0
}

/** Whether a type is a string with a brand, which only a check should give. */
export function isBranded(type: ts.Type): boolean {
  return membersOf(type).some(
    (member) => member.isIntersection() && member.types.some((part) => nameOfType(part) === '$brand'),
  )
}

/** Whether a value of this type is an error, or can be one. */
export function isErrorLike(type: ts.Type): boolean {
  return membersOf(type).some((member) =>
    ['name', 'message', 'stack'].every((name) => member.getProperty(name) !== undefined),
  )
}

/** The name of a type as it was written: that of its alias, or of its class or interface. */
export function nameOfType(type: ts.Type): string | undefined {
  return type.aliasSymbol?.name ?? type.getSymbol()?.name
}

/** What an identifier means, through imports. */
export function symbolOf(project: Project, node: ts.Node): ts.Symbol | undefined {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? project.checker.getShorthandAssignmentValueSymbol(node.parent)
    : project.checker.getSymbolAtLocation(node)
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? project.checker.getAliasedSymbol(symbol) : symbol
}

/** The package or folder of Node that declares a symbol, such as `child_process`. */
export function isDeclaredIn(symbol: ts.Symbol | undefined, fragment: string): boolean {
  return symbol?.declarations?.some((one) => one.getSourceFile().fileName.includes(fragment)) ?? false
}

/** The function that a value is: written in place, or the declaration that a name leads to. */
export function functionOf(project: Project, node: ts.Node): ts.FunctionLikeDeclaration | undefined {
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return node
  const name = ts.isPropertyAccessExpression(node) && isImported(node.expression) ? node.name : node
  const declaration = ts.isIdentifier(name) ? symbolOf(project, name)?.valueDeclaration : undefined
  if (!declaration) return undefined
  if (ts.isFunctionDeclaration(declaration)) return declaration
  if (ts.isVariableDeclaration(declaration) && declaration.initializer) {
    const { initializer } = declaration
    return ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer) ? initializer : undefined
  }
  // `const { work } = await import(…)`: only the type knows where it comes from.
  const imported = ts.isBindingElement(declaration)
    ? project.checker.getTypeAtLocation(declaration).getSymbol()?.valueDeclaration
    : undefined
  return imported && ts.isFunctionDeclaration(imported) ? imported : undefined
}

/** `(await import(…))`. The members of other things are not asked for: their types would take long to find. */
function isImported(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isAwaitExpression(node)) return isImported(node.expression)
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
}
