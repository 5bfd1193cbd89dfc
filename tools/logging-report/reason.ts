import ts from 'typescript'

/**
 * The comment that goes with a handler: inside it, above its statement or behind it on the line; or above the function,
 * when that statement is all that the function does.
 */
export function reasonFor(node: ts.Node): string | undefined {
  const statement = statementAround(node)
  const owner = statement && soleStatementOwner(statement)
  const text = node.getSourceFile().text
  const ranges = [
    ...(ts.isCatchClause(node) ? insideOf(node.block) : insideOf(node)),
    ...ancestorsUpTo(node, statement).flatMap(
      (one) => ts.getLeadingCommentRanges(text, one.getFullStart()) ?? [],
    ),
    ...(statement ? (ts.getTrailingCommentRanges(text, statement.end) ?? []) : []),
    ...(owner ? (ts.getLeadingCommentRanges(text, owner.getFullStart()) ?? []) : []),
  ]
  return ranges
    .map(({ pos, end }) => plainText(text.slice(pos, end)))
    .find((comment) => !isDirective(comment))
}

function statementAround(node: ts.Node): ts.Node | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (ts.isStatement(at) && !ts.isBlock(at)) return at
    const isWhole = ts.isFunctionLike(at) && !(ts.isArrowFunction(at) && !ts.isBlock(at.body))
    if (at !== node && isWhole) return undefined
  }
  return undefined
}

/** The function declaration, or the statement or member that holds the function, if it does nothing else. */
function soleStatementOwner(statement: ts.Node): ts.Node | undefined {
  const block = statement.parent
  const isAll = ts.isBlock(block) && block.statements.length === 1
  if (!isAll || !(ts.isTryStatement(statement) || ts.isReturnStatement(statement))) return undefined
  const owner = block.parent
  if (ts.isFunctionDeclaration(owner)) return owner
  return ts.isFunctionLike(owner) && ts.isPropertyAssignment(owner.parent) ? owner.parent : undefined
}

function ancestorsUpTo(node: ts.Node, last: ts.Node | undefined): ts.Node[] {
  const chain: ts.Node[] = []
  for (let at: ts.Node | undefined = node; at && last; at = at.parent) {
    chain.push(at)
    if (at === last) break
  }
  // A catch clause begins where the block before it ends: what stands there is not about it.
  return chain.filter((one) => !ts.isBlock(one))
}

/** Comments before any word of the node, its closing brace included. */
function insideOf(node: ts.Node): ts.CommentRange[] {
  const file = node.getSourceFile()
  const found: ts.CommentRange[] = []
  const look = (part: ts.Node) => {
    if (part !== node) {
      found.push(...(ts.getLeadingCommentRanges(file.text, part.pos) ?? []))
      found.push(...(ts.getTrailingCommentRanges(file.text, part.end) ?? []))
    }
    for (const child of part.getChildren(file)) look(child)
  }
  look(node)
  return found.sort((a, b) => a.pos - b.pos)
}

/** Words to a tool, which give no reason. */
function isDirective(comment: string): boolean {
  return /^(biome-ignore|@ts-)/.test(comment)
}

function plainText(comment: string): string {
  return comment
    .replace(/^\/\*+|\*+\/$|^\/\//g, '')
    .replace(/\n\s*\*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
