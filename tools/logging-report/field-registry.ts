import ts from 'typescript'
import { findSource, type Project, walk } from './project.ts'
import { functionOf } from './types.ts'

const FIELDS_MODULE = 'src/observability/fields.ts'

/** One field of the registry: how private it is, and which values it takes. */
export type Field = { readonly privacy: string; readonly shape: string }

/** Reads `FIELDS` of the kernel from its source. Throws when it is not there or a field cannot be read. */
export function readFields(project: Project): ReadonlyMap<string, Field> {
  const file = findSource(project, FIELDS_MODULE)
  const fields = file?.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .find(({ name }) => ts.isIdentifier(name) && name.text === 'FIELDS')
  const registry = fields?.initializer && unwrap(fields.initializer)
  if (!registry || !ts.isObjectLiteralExpression(registry)) throw new Error(`${FIELDS_MODULE} has no FIELDS`)
  return new Map(registry.properties.map((member) => readField(project, member)))
}

function readField(project: Project, member: ts.ObjectLiteralElementLike): readonly [string, Field] {
  const maker =
    ts.isPropertyAssignment(member) && ts.isCallExpression(member.initializer)
      ? member.initializer
      : undefined
  const [shape] = maker?.arguments ?? []
  const privacy = maker && privacyGivenBy(project, maker.expression)
  if (!member.name || !shape || !privacy) throw new Error(`not a field: ${member.getText()}`)
  return [nameOf(member.name), { privacy, shape: describeShape(shape) }]
}

/** The class that `publicField` and its kind put on a field: the literal in their body. */
function privacyGivenBy(project: Project, maker: ts.Expression): string | undefined {
  let privacy: string | undefined
  const declaration = functionOf(project, maker)
  if (declaration) {
    walk(declaration, (node) => {
      if (!ts.isPropertyAssignment(node) || nameOf(node.name) !== 'privacy') return
      if (ts.isStringLiteral(node.initializer)) privacy = node.initializer.text
    })
  }
  return privacy
}

/** The shape in words: `id`, `integer`, `GET, HEAD, …`, `RouteTemplate`. */
function describeShape(shape: ts.Expression): string {
  if (!ts.isCallExpression(shape)) return shape.getText()
  const maker = shape.expression.getText()
  if (maker === 'oneOf') return describeWords(shape.arguments)
  if (maker === 'either') return shape.arguments.map(describeShape).join(' or ')
  return shape.typeArguments?.map((type) => type.getText()).join(', ') ?? maker
}

const WORDS_SHOWN = 4

function describeWords(words: readonly ts.Expression[]): string {
  const shown = words
    .slice(0, WORDS_SHOWN)
    .map((word) => (ts.isSpreadElement(word) ? word.expression.getText() : word.getText().slice(1, -1)))
  const rest = words.length - shown.length
  return `one of ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function nameOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : name.getText()
}

function unwrap(node: ts.Expression): ts.Expression {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? unwrap(node.expression) : node
}
