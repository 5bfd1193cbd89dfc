import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../platform/durable-file.ts'
import { AppError } from '../platform/errors.ts'
import { type Checkpoint, formatCheckpoint, parseCheckpoint, type TreeHead } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'

const FILE = 'log-signed'

/**
 * The head that the log's key signed last, or was about to: its text, without a signature. It lies beside the key, so
 * that a database that is put back to an earlier state does not take it along. Undefined when nothing was ever signed.
 * Throws `keys-unusable` when the file is damaged or of another log.
 */
export function readSignedHead(keysDirectory: string, origin: string): TreeHead | undefined {
  const text = readText(join(keysDirectory, FILE))
  const head = text === undefined ? undefined : parse(text)
  if (head && head.origin !== origin) throw unusable()
  return head
}

/** Once it resolves, a power cut does not bring the head before back. */
export async function writeSignedHead(keysDirectory: string, head: TreeHead): Promise<void> {
  await writeDurably(join(keysDirectory, FILE), formatCheckpoint(head))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parse(text: string): Checkpoint {
  try {
    return parseCheckpoint(text)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw unusable(cause)
  }
}

function unusable(cause?: unknown): AppError {
  return new AppError('keys-unusable', {
    title: `The file ${FILE} beside the key of the log is damaged, or another log's: bring back the one that belongs to log.key.`,
    cause,
  })
}
