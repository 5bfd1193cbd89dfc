import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogEvent } from '../observability/events.ts'
import { MEBIBYTE } from '../platform/units.ts'
import { type LogLine, parseLine } from './log-lines.ts'

/** So much of the end of a log is looked at: enough for minutes of a busy day, read in a moment. */
const TAIL_BYTES = 8 * MEBIBYTE
const LOG_FILE = /^(?:app|audit)\.log(?:\.1)?$/
/** Every line begins so, which is how its time is read without parsing it. */
const TIME_AT = '{"time":"'.length
const TIME_LENGTH = '2026-01-02T03:04:05.678Z'.length

export type RecentLines = (
  event: LogEvent,
  text?: string | RegExp,
  since?: Date,
) => Promise<readonly LogLine[]>

/**
 * The end of the log files of every role, read once however much is asked of it. Only lines that report the event in
 * question are parsed. Throws the system's error when the folder is there and cannot be read.
 */
export function openRecentLines(folder: string, since: Date): RecentLines {
  let reading: Promise<readonly string[]> | undefined
  return async (event, text = '', later = since) => {
    reading ??= readRecent(folder, since.toISOString())
    const earliest = later.toISOString()
    const wanted = `"event":"${event}"`
    const isMeant = (line: string) => (typeof text === 'string' ? line.includes(text) : text.test(line))
    const found = (await reading).filter(
      (line) => line.includes(wanted) && timeOf(line) >= earliest && isMeant(line),
    )
    return found.map(parseLine).filter((line) => line !== undefined)
  }
}

async function readRecent(folder: string, since: string): Promise<readonly string[]> {
  const roles = await readdir(folder, { withFileTypes: true })
  const paths: string[] = []
  for (const role of roles.filter((entry) => entry.isDirectory())) {
    const names = await readdir(join(folder, role.name))
    paths.push(...names.filter((name) => LOG_FILE.test(name)).map((name) => join(folder, role.name, name)))
  }
  const texts = await Promise.all(paths.map(readTail))
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('{"time":"') && timeOf(line) >= since)
}

function timeOf(line: string): string {
  return line.slice(TIME_AT, TIME_AT + TIME_LENGTH)
}

async function readTail(path: string): Promise<string> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
