import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MEBIBYTE } from '../platform/units.ts'
import { type LogLine, parseLine, skimLines } from './log-lines.ts'

/** Something to read log lines from. */
export type LogSource = { readonly sizeBytes: number; readonly chunks: AsyncIterable<Buffer> }

export type LogReading = {
  readonly lines: readonly LogLine[]
  readonly files: number
  /** Lines that are none of ours, or no longer whole. */
  readonly broken: number
  /** Time of the oldest line there is; what happened before may have been rotated away. */
  readonly since: string | undefined
}

/** The lines of one request in all sources, each once. `onBytes` is told how much has been read. */
export async function readLines(
  sources: readonly LogSource[],
  requestId: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<LogReading> {
  const texts = new Set<string>()
  const starts: string[] = []
  let broken = 0
  for (const { chunks } of sources) {
    const skimmed = await skimLines(countBytes(chunks, onBytes), requestId, (text) => void texts.add(text))
    const start = skimmed.first && parseLine(skimmed.first)
    if (start) starts.push(start.time)
    broken += skimmed.broken
  }
  const parsed = [...texts].map(parseLine)
  const lines = parsed.filter((line) => line !== undefined)
  return {
    lines: lines.filter(({ fields }) => fields.request_id === requestId),
    files: sources.length,
    broken: broken + parsed.length - lines.length,
    since: starts.sort()[0],
  }
}

async function* countBytes(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void) {
  for await (const chunk of chunks) {
    onBytes(chunk.length)
    yield chunk
  }
}

const LOG_FILE = /^(?:app|audit)\.log(?:\.(\d+))?$/

/**
 * The log files of every role, rotated ones included: `<folder>/<role>/{app,audit}.log[.N]`. All are opened before any
 * is read, the newest first, so that no rotation hides a line meanwhile; at worst a file is read twice. Empty without
 * the folder. Throws the system's error when something in it may not be read.
 */
export async function openLogFiles(folder: string): Promise<readonly LogSource[]> {
  const handles: FileHandle[] = []
  for (const role of await listNames(folder)) {
    const files = (await listNames(join(folder, role))).filter((name) => LOG_FILE.test(name))
    for (const name of files.sort((a, b) => ageOf(a) - ageOf(b))) {
      const handle = await openIfThere(join(folder, role, name))
      if (handle) handles.push(handle)
    }
  }
  return Promise.all(handles.map(sourceOf))
}

/** One file as a source. Throws the system's error when it cannot be read. */
export async function openLogFile(path: string): Promise<LogSource> {
  return sourceOf(await open(path))
}

async function sourceOf(handle: FileHandle): Promise<LogSource> {
  const { size } = await handle.stat()
  return { sizeBytes: size, chunks: handle.createReadStream({ highWaterMark: 1 * MEBIBYTE }) }
}

function ageOf(name: string): number {
  return Number(LOG_FILE.exec(name)?.[1] ?? 0)
}

async function listNames(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(ignoring('ENOENT', 'ENOTDIR'))) ?? []
}

function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path).catch(ignoring('ENOENT'))
}

function ignoring(...codes: readonly string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}
