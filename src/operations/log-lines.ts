import { z } from 'zod'
import { ERROR_FIELDS, HEAD_FIELDS } from '../observability/fields.ts'
import { LOGGERS } from '../observability/log.ts'
import { MEBIBYTE } from '../platform/units.ts'

const REGISTRY = { ...ERROR_FIELDS, ...HEAD_FIELDS }

type Accepted<R> = {
  readonly [K in keyof R]?: R[K] extends { readonly accepts: (value: unknown) => value is infer T }
    ? T
    : never
}
/** What a line says in registered fields, each with a value of its shape. The rest of the line is not looked at. */
export type LineFields = Accepted<typeof REGISTRY>

export type LogLine = {
  readonly time: string
  readonly level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL'
  readonly logger: (typeof LOGGERS)[number]
  readonly fields: LineFields
}

const frame = z.object({
  time: z.iso.datetime(),
  level: z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
  logger: z.enum(LOGGERS),
})

/** Reads a line as the log wrote it; undefined when it is something else. */
export function parseLine(text: string): LogLine | undefined {
  try {
    const members: unknown = JSON.parse(text)
    const { data: head } = frame.safeParse(members)
    const fields = acceptedFields(members)
    return head && fields.event !== undefined ? { ...head, fields } : undefined
  } catch {
    return undefined
  }
}

function acceptedFields(members: unknown): LineFields {
  const isAccepted = ([name, value]: [string, unknown]) =>
    Object.hasOwn(REGISTRY, name) && REGISTRY[name as keyof typeof REGISTRY].accepts(value)
  return Object.fromEntries(Object.entries(members as object).filter(isAccepted))
}

const NEWLINE = 0x0a
const RETURN = 0x0d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d
/** What goes on for longer than this without an end is no log. */
const LONGEST_LINE_BYTES = 1 * MEBIBYTE

export type Skimmed = {
  /** Lines that are not one whole object: cut by a crash, or written by something else. */
  readonly broken: number
  /** The first line that is one. */
  readonly first: string | undefined
}

/**
 * Goes through a log and gives the lines that contain `needle`. Bytes are compared as they are and only those lines
 * become text, so that hundreds of megabytes take about a second.
 */
export async function skimLines(
  chunks: AsyncIterable<Buffer>,
  needle: string,
  onLine: (text: string) => void,
): Promise<Skimmed> {
  let broken = 0
  let first: string | undefined
  let isEndless = false

  function take(block: Buffer, start: number, newline: number, hasNeedle: boolean): void {
    const end = block[newline - 1] === RETURN ? newline - 1 : newline
    if (isEndless) isEndless = false
    else if (end <= start) return
    else if (block[start] !== OPENING_BRACE || block[end - 1] !== CLOSING_BRACE) broken += 1
    else {
      first ??= block.toString('utf8', start, end)
      if (hasNeedle) onLine(block.toString('utf8', start, end))
    }
  }

  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    let hit = block.indexOf(needle)
    for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
      take(block, start, end, hit >= 0 && hit < end)
      start = end + 1
      if (hit >= 0 && hit < start) hit = block.indexOf(needle, start)
    }
    rest = block.subarray(start)
    if (rest.length > LONGEST_LINE_BYTES) {
      if (!isEndless) broken += 1
      isEndless = true
      rest = Buffer.alloc(0)
    }
  }
  take(rest, 0, rest.length, rest.includes(needle))
  return { broken, first }
}
