import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getSystemErrorMap } from 'node:util'
import { isErrorCode } from './error-codes.ts'
import { ERROR_CLASSES, isSchemaName, SYSTEM_CALLS } from './known-words.ts'

const SOURCE_ROOT = new URL('../', import.meta.url).pathname
const FRAME_LIMIT = 12
const CAUSE_DEPTH = 5

/** Members of a log line; `ERROR_FIELDS` tells which values they may have. */
export type ErrorFacts = Readonly<Record<string, unknown>>

/**
 * What a log may say of anything thrown: class, code, SQLSTATE, table, constraint, system call and the stack frames
 * of our own sources, through the chain of causes. Never a message: drivers, parsers and the file system quote data.
 * Never throws.
 */
export function describeError(error: unknown): ErrorFacts {
  try {
    return describe(error)
  } catch {
    // An error whose own members throw when they are read.
    return { 'exception.type': 'Unreadable' }
  }
}

function describe(error: unknown): ErrorFacts {
  const chain = causeChain(error)
  const first = chain[0]
  if (!first) return { 'exception.type': 'NonError' }
  const root = chain.at(-1)
  const fields: Record<string, unknown> = {
    'exception.type': nameOf(first),
    'error.code': codeOf(first),
    ...ownFacts(first),
    'exception.stacktrace': [...new Set(chain.flatMap(ownFrames))].slice(0, FRAME_LIMIT),
  }
  if (root && root !== first) {
    fields['exception.cause.type'] = nameOf(root)
    fields['exception.cause.code'] = codeOf(root)
  }
  for (const link of chain) Object.assign(fields, databaseFacts(link), systemFacts(link))
  return fields
}

/** The ids and counts that an error of ours names; each is checked against its field's shape like any other. */
function ownFacts(error: Error): object {
  const { logContext } = error as { logContext?: unknown }
  return isNamed(error, 'AppError') && typeof logContext === 'object' ? { ...logContext } : {}
}

function causeChain(error: unknown): readonly Error[] {
  const chain: Error[] = []
  let link = error
  while (link instanceof Error && chain.length < CAUSE_DEPTH && !chain.includes(link)) {
    chain.push(link)
    link = link.cause
  }
  return chain
}

/** The class of an error, or the nearest one above it that is known: a class can be named after data. */
function nameOf(error: Error): string {
  for (let link = Object.getPrototypeOf(error); link !== null; link = Object.getPrototypeOf(link)) {
    const name: unknown = link.constructor?.name
    if (ERROR_CLASSES.has(name)) return name as string
  }
  return 'Error'
}

const SYSTEM_CODES: ReadonlySet<string> = new Set([
  ...[...getSystemErrorMap().values()].map(([code]) => code),
  'ENOTFOUND',
])
/** Of Node, of the HTTP server and its parser, of fetch. */
const LIBRARY_CODE = /^(ERR|FST|HPE|UND_ERR)(_[A-Z0-9]+){1,8}$/
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** A code in one of the forms that codes have; anybody can write any word into `code`, and some write data. */
function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string' || code.length > 64) return undefined
  const isKnown =
    (isNamed(error, 'AppError') && isErrorCode(code)) ||
    (isNamed(error, 'DatabaseError') && SQLSTATE.test(code)) ||
    LIBRARY_CODE.test(code) ||
    SYSTEM_CODES.has(code)
  return isKnown ? code.toLowerCase() : undefined
}

function isNamed(error: Error, name: string): boolean {
  return error.constructor?.name === name
}

/** SQLSTATE, table and constraint of a PostgreSQL error; its message and detail quote rows and are left alone. */
function databaseFacts(error: Error): Record<string, unknown> {
  const { code, table, constraint } = error as unknown as Record<string, unknown>
  if (!isNamed(error, 'DatabaseError') || typeof code !== 'string' || !SQLSTATE.test(code)) return {}
  return {
    'db.response.status_code': code,
    ...(isSchemaName(table) && { 'db.table': table }),
    ...(isSchemaName(constraint) && { 'db.constraint': constraint }),
  }
}

/** The system call of an error of the system; `spawn` has a path behind it. */
function systemFacts(error: Error): Record<string, unknown> {
  const { code, syscall } = error as unknown as Record<string, unknown>
  if (typeof code !== 'string' || !SYSTEM_CODES.has(code) || typeof syscall !== 'string') return {}
  const [call] = syscall.split(' ', 1)
  return SYSTEM_CALLS.has(call) ? { 'system.syscall': call } : {}
}

const FRAME = /^\s+at (?:async )?(?:(.{1,80}?) \()?(?:file:\/\/)?(\/[^():]+):(\d+):\d+\)?$/
/** Words of V8's own in the name of a function. */
const STACK_WORDS: ReadonlySet<string> = new Set([
  'Object',
  'Module',
  'Function',
  'new',
  'as',
  'get',
  'set',
  'anonymous',
])

/** `file:line:function` of the frames inside our own sources, innermost first. */
function ownFrames(error: Error): string[] {
  const result: string[] = []
  for (const line of stackWithoutMessage(error).split('\n')) {
    const frame = FRAME.exec(line)
    const path = frame?.[2]
    if (!frame || !path?.startsWith(SOURCE_ROOT) || path.includes('/../')) continue
    const words = wordsOf(path)
    if (words) result.push(`${path.slice(SOURCE_ROOT.length)}:${frame[3]}:${functionName(frame[1], words)}`)
  }
  return result
}

/** A message can hold lines that look like frames. */
function stackWithoutMessage({ stack, message }: Error): string {
  if (typeof stack !== 'string') return ''
  if (typeof message !== 'string' || message === '') return stack
  const start = stack.indexOf(message)
  return start < 0 ? stack : stack.slice(start + message.length)
}

/** A function can be named after data (`{ [name]: () => … }`): only words that its source file holds are repeated. */
function functionName(name: string | undefined, words: ReadonlySet<string>): string {
  const parts = name?.match(/[A-Za-z0-9_$]+/g) ?? []
  const isOurs = parts.every((part) => words.has(part) || STACK_WORDS.has(part))
  return name && parts.length > 0 && isOurs && /^[A-Za-z0-9_.<> $#[\]]+$/.test(name) ? name : '<anonymous>'
}

const knownWords = new Map<string, ReadonlySet<string>>()

/** Every word of a source file of ours; undefined when there is no such file. */
function wordsOf(path: string): ReadonlySet<string> | undefined {
  const known = knownWords.get(path)
  if (known) return known
  try {
    const words = new Set(readFileSync(fileURLToPath(`file://${path}`), 'utf8').match(/[A-Za-z0-9_$]+/g))
    knownWords.set(path, words)
    return words
  } catch {
    // No source of ours: nothing of it is repeated.
    return undefined
  }
}
