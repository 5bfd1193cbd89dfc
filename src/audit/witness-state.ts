import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flushFolder, writeDurably } from '../platform/durable-file.ts'
import { type LogIdentity, openCheckpoint, parseCheckpoint } from './tlog/checkpoint.ts'
import { decodeUtf8 } from './tlog/encoding.ts'
import { TlogError } from './tlog/errors.ts'
import { openNote, type Verifier } from './tlog/note.ts'
import { type Decision, latestCheckpointPath, type WitnessedHead } from './tlog/witness-protocol.ts'
import { stateUnusable, storing, type WitnessFolder } from './witness-folder.ts'

export type Cosigned = NonNullable<Decision['cosigned']>

/** What a witness must never forget: for each origin the note that it cosigned last. */
export type WitnessState = {
  latestOf(origin: string): WitnessedHead | undefined
  /** The note under a `latestCheckpointPath`. */
  noteAt(path: string): string | undefined
  /**
   * Keeps what was cosigned: once it resolves, a power cut does not undo it. When it throws, the head before is still
   * the last, and the cosignature must not leave. Throws `storage-full`, or the error of the system.
   */
  keep(cosigned: Cosigned): Promise<void>
}

const CHECKPOINT = 'checkpoint'
const OF_ORIGIN = /^[0-9a-f]{64}$/

type Signers = { readonly logs: readonly LogIdentity[]; readonly witness: Verifier }

/**
 * Reads the state in a folder. Each of its notes must carry the signature of the witness, and of its log when that is
 * still one of `logs`: from a note that cannot be trusted, a witness could cosign the opposite of what it has cosigned.
 * Throws `witness-state-unusable`.
 */
export function openWitnessState({ path: folder }: WitnessFolder, signers: Signers): WitnessState {
  const kept = readKept(folder, signers)
  return {
    latestOf: (origin) => kept.get(latestCheckpointPath(origin))?.checkpoint,
    noteAt: (path) => kept.get(path)?.note,
    keep: async (cosigned) => {
      const path = latestCheckpointPath(cosigned.checkpoint.origin)
      await storing(() => write(folder, path, cosigned.note))
      kept.set(path, cosigned)
    },
  }
}

function readKept(folder: string, signers: Signers): Map<string, Cosigned> {
  const paths = readdirSync(folder)
    .filter((name) => OF_ORIGIN.test(name))
    .map((name) => `${name}/${CHECKPOINT}`)
  return new Map(paths.map((path) => [path, readNote(folder, path, signers)]))
}

function readNote(folder: string, path: string, { logs, witness }: Signers): Cosigned {
  try {
    const note = decodeUtf8(readFileSync(join(folder, path)))
    const checkpoint = parseCheckpoint(openNote(note, [witness]).text)
    if (latestCheckpointPath(checkpoint.origin) !== path) {
      throw new TlogError('wrong-origin', 'checkpoint of a witness: in the place of another log')
    }
    const log = logs.find(({ origin }) => origin === checkpoint.origin)
    if (log) openCheckpoint(note, log)
    return { checkpoint, note }
  } catch (cause) {
    throw stateUnusable(
      'A checkpoint in the state folder of the witness is damaged, or signed by other keys: bring back the folder and the keys that belong together, or begin as another witness.',
      cause,
    )
  }
}

/** A folder never bears the name of an origin without holding its checkpoint, so that one that does is damage. */
async function write(folder: string, path: string, note: string): Promise<void> {
  const place = join(folder, dirname(path))
  if (existsSync(place)) return writeDurably(join(folder, path), note)
  const fresh = `${place}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  await writeDurably(join(fresh, CHECKPOINT), note)
  await rename(fresh, place)
  await flushFolder(folder)
}
