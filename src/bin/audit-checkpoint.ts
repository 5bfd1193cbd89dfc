import { statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hasLogKey, loadOwnLog } from '../audit/log-key.ts'
import { openTileFiles } from '../audit/tile-files.ts'
import { type OpenedCheckpoint, openCheckpoint } from '../audit/tlog/checkpoint.ts'
import { TlogError } from '../audit/tlog/errors.ts'
import { connectWitness } from '../audit/witness-client.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'

export type CheckpointOptions = {
  readonly save?: string
  /** Where relative file names start. */
  readonly directory: string
}

/**
 * `paraph audit checkpoint`: tells of the last published checkpoint, and saves it to a file that is not there yet, to
 * be kept where nobody of this machine can change it. Asks no database. Throws `checkpoint-unusable`, `file-not-written`.
 */
export async function runAuditCheckpoint(config: Config, options: CheckpointOptions): Promise<void> {
  const note = await openTileFiles(config.tlogDirectory).readCheckpoint()
  if (note === undefined) throw unusable()
  const { checkpoint, cosignatures } = open(config, note)
  if (options.save !== undefined) save(resolve(options.directory, options.save), note)
  const facts = [
    ['log', checkpoint.origin],
    ['size', String(checkpoint.size)],
    ['root', checkpoint.root.toString('base64')],
    ['age', `${readAgeSeconds(config)} s`],
    ['cosigned', `by ${cosignatures.length} of ${config.witnesses.length} witnesses`],
  ] as const
  process.stdout.write(facts.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join(''))
}

/** With the keys of this installation, which are not made for this. */
function open({ keysDirectory, logOrigin, witnesses }: Config, note: string): OpenedCheckpoint {
  if (!hasLogKey(keysDirectory)) throw unusable()
  const verifiers = witnesses.map((witness) => connectWitness(witness).verifier)
  try {
    return openCheckpoint(note, loadOwnLog(keysDirectory, logOrigin), verifiers)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw unusable(cause)
  }
}

function readAgeSeconds({ tlogDirectory }: Config): number {
  const { mtimeMs } = statSync(join(tlogDirectory, 'checkpoint'))
  return Math.max(0, Math.round((systemClock.now().getTime() - mtimeMs) / SECOND))
}

function save(path: string, note: string): void {
  try {
    writeFileSync(path, note, { flag: 'wx', flush: true })
  } catch (cause) {
    throw new AppError('file-not-written', {
      title:
        'The file of --save cannot be written, or is there already: a saved checkpoint is never replaced.',
      cause,
    })
  }
}

function unusable(cause?: unknown): AppError {
  return new AppError('checkpoint-unusable', {
    title:
      'There is no published checkpoint that the key of this log signed: start Paraph, or correct PARAPH_DATA and PARAPH_KEYS.',
    cause,
  })
}
