/** Reads the operations of a content stream: PDF's small language, as far as it can be read without running it. */

/** A number; a name or any other word as written; the text of strings and lists does not matter here. */
export type Operand = number | string
export type Operation = { readonly operator: string; readonly operands: readonly Operand[] }

const token =
  /%[^\r\n]*|\/[^\s/<>[\](){}%]*|[-+]?(?:\d+\.?\d*|\.\d+)(?=[\s/<>[\](){}%]|$)|<<|>>|<[^<>]*>|[[\]{}]|\(|[^\s/<>[\](){}%]+/y
const space = /[\s\0]*/y
/** No operator takes more; of longer lists the rest is left out. */
const maxOperands = 64

/**
 * The operations in order. What cannot be read ends the stream with an operation that nobody knows, `?`; so does an
 * inline image, whose bytes are no words.
 */
export function* readOperations(contents: Uint8Array): Generator<Operation> {
  const text = Buffer.from(contents).toString('latin1')
  let operands: Operand[] = []
  const add = (operand: Operand) => void (operands.length < maxOperands && operands.push(operand))
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    token.lastIndex = at
    const [word] = token.exec(text) ?? []
    if (word === undefined) return yield { operator: '?', operands: [] }
    at += word.length
    if (word.startsWith('%')) continue
    if (word === '(') {
      const end = endOfString(text, at)
      if (end === undefined) return yield { operator: '?', operands: [] }
      at = end
    } else if (/^[-+.\d]/.test(word) && !Number.isNaN(Number(word))) add(Number(word))
    else if (/^[/<>[\]]/.test(word)) add(word)
    else {
      yield { operator: word, operands }
      if (word === 'BI') return yield { operator: '?', operands: [] }
      operands = []
    }
  }
}

function skipSpace(text: string, from: number): number {
  space.lastIndex = from
  return from + (space.exec(text)?.[0].length ?? 0)
}

/** The place behind the bracket that closes a string; brackets nest, a backslash hides one. */
function endOfString(text: string, from: number): number | undefined {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at + 1
  }
  return undefined
}
