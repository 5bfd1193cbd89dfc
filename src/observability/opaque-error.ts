import type { Fields } from './fields.ts'

const SOURCE_ROOT = new URL('../', import.meta.url).pathname
const FRAME_LIMIT = 12
const CAUSE_DEPTH = 5

/**
 * What a log may say of anything thrown: class, code, SQLSTATE, table, constraint, system call and the stack frames
 * of our own sources, through the chain of causes. Never a message: drivers, parsers and the file system quote data.
 */
export function describeError(error: unknown): Fields {
  const chain = causeChain(error)
  const first = chain[0]
  if (!first) return { 'exception.type': 'NonError' }
  const root = chain.at(-1)
  const fields: Record<string, unknown> = {
    'exception.type': nameOf(first),
    'error.code': codeOf(first),
    'exception.stacktrace': [...new Set(chain.flatMap(ownFrames))].slice(0, FRAME_LIMIT),
  }
  if (root && root !== first) {
    fields['exception.cause.type'] = nameOf(root)
    fields['exception.cause.code'] = codeOf(root)
  }
  for (const link of chain) Object.assign(fields, databaseFacts(link), systemFacts(link))
  return fields as Fields
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

function nameOf(error: Error): string {
  const name = error.constructor.name
  return /^[A-Za-z0-9_]{1,64}$/.test(name) ? name : 'Error'
}

function codeOf(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return undefined
  const token = code.toLowerCase()
  return /^[a-z0-9_.:-]{1,64}$/.test(token) ? token : undefined
}

/** SQLSTATE, table and constraint of a PostgreSQL error; its message and detail quote rows and are left alone. */
function databaseFacts(error: Error): Record<string, unknown> {
  const { code, severity, table, constraint } = error as unknown as Record<string, unknown>
  if (typeof severity !== 'string' || typeof code !== 'string') return {}
  return { 'db.response.status_code': code, 'db.table': table, 'db.constraint': constraint }
}

function systemFacts(error: Error): Record<string, unknown> {
  const { syscall } = error as unknown as Record<string, unknown>
  return typeof syscall === 'string' ? { 'system.syscall': syscall } : {}
}

/** `file:line:function` of the frames inside our own sources, innermost first. */
function ownFrames(error: Error): string[] {
  const result: string[] = []
  for (const line of (error.stack ?? '').split('\n')) {
    const frame = /^\s+at (?:async )?(?:(.{1,80}?) \()?(?:file:\/\/)?(\/[^():]+):(\d+):\d+\)?$/.exec(line)
    const path = frame?.[2]
    if (!frame || !path?.startsWith(SOURCE_ROOT)) continue
    result.push(`${path.slice(SOURCE_ROOT.length)}:${frame[3]}:${frame[1] ?? '<anonymous>'}`)
  }
  return result
}
