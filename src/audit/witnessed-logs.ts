import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../platform/durable-file.ts'
import { AppError } from '../platform/errors.ts'
import type { LogIdentity } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { ed25519Verifier } from './tlog/note.ts'
import { ED25519, parseVkey, type VerifierKey } from './tlog/note-key.ts'
import { stateUnusable, storing, type WitnessFolder } from './witness-folder.ts'
import { hasWitnessKey } from './witness-key.ts'

/** One verifier key on each line. Written before anything else, it also tells that a folder was used before. */
const FILE = 'logs'

/**
 * The logs that a witness cosigns: those of `vkeys`, which are kept in its folder, or without any those kept before.
 * Refuses a new folder when there is a key: one that has cosigned would begin to cosign the opposite.
 * Throws `invalid-settings`, `witness-state-unusable`, `storage-full`.
 */
export async function keepLogs(
  folder: WitnessFolder,
  { vkeys = [], keysDirectory }: { vkeys?: readonly string[] | undefined; keysDirectory: string },
): Promise<readonly LogIdentity[]> {
  const path = join(folder.path, FILE)
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (kept === undefined && hasWitnessKey(keysDirectory)) {
    throw stateUnusable(
      'This witness has a key, and nothing of what it cosigned lies in this state folder: choose the folder that it used (--state), or remove witness.key to begin as another witness.',
    )
  }
  if (vkeys.length === 0) return readLogs(kept)
  const logs = logsOf(vkeys)
  const text = vkeys.map((vkey) => `${vkey}\n`).join('')
  // Nothing to write is nothing that a full disk could prevent.
  if (text !== kept) await storing(() => writeDurably(path, text))
  return logs
}

function readLogs(kept: string | undefined): readonly LogIdentity[] {
  if (kept === undefined) {
    throw new AppError('invalid-settings', { title: 'A witness needs the verifier key of a log (--log).' })
  }
  try {
    return logsOf(kept.replace(/\n$/, '').split('\n'))
  } catch (cause) {
    throw stateUnusable(
      `The file "${FILE}" in the state folder of the witness is damaged: name its logs again (--log).`,
      cause,
    )
  }
}

/** The name of a key is the origin of its log; a log whose key was replaced has two keys of one name. */
function logsOf(vkeys: readonly string[]): readonly LogIdentity[] {
  const keys = Map.groupBy(vkeys.map(parseLogKey), ({ name }) => name)
  return [...keys].map(([origin, own]) => ({ origin, verifiers: own.map(ed25519Verifier) }))
}

function parseLogKey(vkey: string): VerifierKey {
  try {
    const key = parseVkey(vkey)
    if (key.type === ED25519) return key
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw notAKey(cause)
  }
  throw notAKey()
}

function notAKey(cause?: unknown): AppError {
  return new AppError('invalid-settings', {
    title: 'A log is named by its verifier key, of the form name+id+key (--log).',
    cause,
  })
}
