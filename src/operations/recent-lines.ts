import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogEvent } from '../observability/events.ts'
import { MEBIBYTE } from '../platform/units.ts'
import { type LogLine, parseLine } from './log-lines.ts'

/** So much of the end of a log is looked at: enough for minutes of a busy day, read in a moment. */
const TAIL_BYTES = 8 * MEBIBYTE
const LOG_FILE = /^(?:app|audit)\.log(?:\.1)?$/
/** Every line begins so, which is how its time is read without parsing it. */
const START = '{"time":"'
const TIME_LENGTH = '2026-01-02T03:04:05.678Z'.length
const EVENT = /"event":"([a-z.-]+)"/

export type RecentLines = {
  /** Lines that report an event and hold a text, of the window or since a later time. */
  readonly lines: (event: LogEvent, text?: string | RegExp, since?: Date) => Promise<readonly LogLine[]>
  /** The last of them, whose like may be many: no other is parsed. */
  readonly newest: (event: LogEvent, text: string | RegExp) => Promise<LogLine | undefined>
}

/**
 * The end of the log files of every role, read and sorted by event once, however much is asked of it. Only lines that are
 * asked for are parsed. Throws the system's error when there is no folder of logs, or when it cannot be read.
 */
export function openRecentLines(folder: string, since: Date): RecentLines {
  let reading: Promise<ReadonlyMap<string, readonly string[]>> | undefined
  const ofEvent = async (event: LogEvent): Promise<readonly string[]> => {
    reading ??= readTails(folder).then((lines) => byEvent(lines, since.toISOString()))
    return (await reading).get(event) ?? []
  }
  return {
    lines: async (event, text = '', later = since) => {
      const earliest = later.toISOString()
      const found = (await ofEvent(event)).filter((line) => timeOf(line) >= earliest && holds(line, text))
      return found.map(parseLine).filter((line) => line !== undefined)
    },
    newest: async (event, text) => {
      const line = (await ofEvent(event)).findLast((one) => holds(one, text))
      return line === undefined ? undefined : parseLine(line)
    },
  }
}

/** The newest lines of all roles, in the order of time, as far as the end of the logs holds them. */
export async function readNewestLines(folder: string, count: number): Promise<readonly LogLine[]> {
  const newest = (await readTails(folder)).slice(-count)
  return newest.map(parseLine).filter((line) => line !== undefined)
}

function holds(line: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? line.includes(text) : text.test(line)
}

function byEvent(lines: readonly string[], since: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const line of lines) {
    const event = timeOf(line) >= since ? EVENT.exec(line)?.[1] : undefined
    if (event === undefined) continue
    const known = found.get(event)
    if (known) known.push(line)
    else found.set(event, [line])
  }
  return found
}

function timeOf(line: string): string {
  return line.slice(START.length, START.length + TIME_LENGTH)
}

/** In the order of time. */
async function readTails(folder: string): Promise<readonly string[]> {
  const roles = await readdir(folder, { withFileTypes: true })
  const texts: string[] = []
  for (const role of roles.filter((entry) => entry.isDirectory())) {
    for (const name of (await readdir(join(folder, role.name))).filter((one) => LOG_FILE.test(one))) {
      texts.push(await readTail(join(folder, role.name, name)))
    }
  }
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith(START))
  return lines.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
}

/** Empty for a file that was rotated away meanwhile: its lines are in the next one. */
async function readTail(path: string): Promise<string> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
