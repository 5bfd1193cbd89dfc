/**
 * What an exam's codes look like, such as `{exam}-{copy}-{page}`: fields between literals. Pure, and no regular
 * expression: what a person types here meets what anybody may have printed on a page.
 */

const CODE_FIELDS = ['exam', 'copy', 'page'] as const
type CodeField = (typeof CODE_FIELDS)[number]

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'field'; readonly name: CodeField }

/** A template that was checked: literals and fields in turns, one field at most of each name. */
export type CodePattern = { readonly parts: readonly Part[] }

export type CodeReading = {
  readonly exam: string | undefined
  readonly copy: string | undefined
  readonly page: number | undefined
}

const maxPatternLength = 64
const maxPayloadLength = 256
const literal = /^[A-Za-z0-9 \-_./:#|+=]+$/
const copyName = /^[A-Za-z0-9]{1,32}$/
const pageNumber = /^0{0,3}[1-9][0-9]{0,3}$/
/** Printable, and nothing that a browser or a log would take for something else. */
const examName = /^[A-Za-z0-9][A-Za-z0-9 \-_./:#|+=]*$/

/**
 * Reads a template: `{page}` or `{copy}` or both, `{exam}` at most once, each once, and literals of letters, digits
 * and ` -_./:#|+=`. Two fields need something between them, or nobody could tell where one ends.
 */
export function parsePattern(text: string): CodePattern | undefined {
  if (text.length > maxPatternLength) return undefined
  const parts: Part[] = []
  for (const [index, piece] of text.split(/[{}]/).entries()) {
    const isInBraces = index % 2 === 1
    if (!isInBraces) {
      if (piece !== '') parts.push({ kind: 'literal', text: piece })
      if (piece !== '' && !literal.test(piece)) return undefined
      continue
    }
    const name = CODE_FIELDS.find((field) => field === piece)
    if (name === undefined || parts.at(-1)?.kind === 'field' || hasField(parts, name)) return undefined
    parts.push({ kind: 'field', name })
  }
  const rebuilt = parts.map((part) => (part.kind === 'literal' ? part.text : `{${part.name}}`)).join('')
  const isClosed = rebuilt === text
  return isClosed && (hasField(parts, 'copy') || hasField(parts, 'page')) ? { parts } : undefined
}

function hasField(parts: readonly Part[], name: CodeField): boolean {
  return parts.some((part) => part.kind === 'field' && part.name === name)
}

/**
 * Reads a code by a pattern; `undefined` when it follows another one. Copy: 1 to 32 letters and digits. Page: 1 to 9999.
 * Only the exam may hold what separates the fields, so what follows it is read from the end: `a-b-100-1` by
 * `{exam}-{copy}-{page}` is page 1 of copy 100 of `a-b`. Linear in the length of the code.
 */
export function readCode(pattern: CodePattern, payload: string): CodeReading | undefined {
  if (payload.length > maxPayloadLength) return undefined
  const exam = pattern.parts.findIndex((part) => part.kind === 'field' && part.name === 'exam')
  const before = exam < 0 ? pattern.parts : pattern.parts.slice(0, exam)
  const after = exam < 0 ? [] : pattern.parts.slice(exam + 1)
  const values = new Map<CodeField, string>()
  const start = readForwards(before, payload, values)
  if (start === undefined) return undefined
  const rest = payload.slice(start)
  const end = readBackwards(after, rest, values)
  if (end === undefined) return undefined
  if (exam >= 0) values.set('exam', rest.slice(0, end))
  else if (rest !== '') return undefined
  return checked(values)
}

/** Reads from the left; answers where it stopped. A field ends before the first occurrence of what follows it. */
function readForwards(
  parts: readonly Part[],
  text: string,
  values: Map<CodeField, string>,
): number | undefined {
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'literal') {
      if (!text.startsWith(part.text, at)) return undefined
      at += part.text.length
      continue
    }
    const next = parts[index + 1]
    const end = next?.kind === 'literal' ? text.indexOf(next.text, at) : text.length
    if (end < 0) return undefined
    values.set(part.name, text.slice(at, end))
    at = end
  }
  return at
}

/** The same from the right; answers the end of what is left. */
function readBackwards(
  parts: readonly Part[],
  text: string,
  values: Map<CodeField, string>,
): number | undefined {
  let end = text.length
  for (const [index, part] of [...parts.entries()].reverse()) {
    if (part.kind === 'literal') {
      if (!text.slice(0, end).endsWith(part.text)) return undefined
      end -= part.text.length
      continue
    }
    const before = parts[index - 1]
    const found = before?.kind === 'literal' ? text.lastIndexOf(before.text, end - before.text.length) : -1
    if (before?.kind !== 'literal' || found < 0) return undefined
    const start = found + before.text.length
    values.set(part.name, text.slice(start, end))
    end = start
  }
  return end
}

function checked(values: ReadonlyMap<CodeField, string>): CodeReading | undefined {
  const [exam, copy, page] = CODE_FIELDS.map((name) => values.get(name))
  if (exam !== undefined && !examName.test(exam)) return undefined
  if (copy !== undefined && !copyName.test(copy)) return undefined
  if (page !== undefined && !pageNumber.test(page)) return undefined
  return { exam, copy, page: page === undefined ? undefined : Number(page) }
}
