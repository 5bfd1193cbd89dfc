import type { Findings, HeadKeeper } from './findings.ts'
import { type Checkpoint, type LogIdentity, openCheckpoint, parseCheckpoint } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { parseNote, type Verifier } from './tlog/note.ts'
import type { KeptHead } from './tree-check.ts'
import type { HeadRow } from './verify-source.ts'

type HeadDeps = {
  readonly findings: Findings
  /** Without its keys, signatures are left out. */
  readonly log: LogIdentity | undefined
  readonly witnesses: readonly Verifier[]
}

/** Reads the heads that are kept of the log, and checks who signed them. */
export class HeadCheck {
  readonly #deps: HeadDeps
  #checkpoints = 0

  constructor(deps: HeadDeps) {
    this.#deps = deps
  }

  /** Checkpoints that were recorded. */
  get checkpoints(): number {
    return this.#checkpoints
  }

  /** What the database keeps at a size; undefined for a checkpoint that is none. */
  ofRow(row: HeadRow): KeptHead | undefined {
    if (row.keeper === 'signing') return row
    this.#checkpoints += 1
    return this.ofNote(row.keeper, row.note, row.size)?.head
  }

  /** A signed checkpoint, with the number of witnesses that cosigned it. `size`: where it was found. */
  ofNote(
    keeper: HeadKeeper,
    note: string,
    size?: number,
  ): { head: KeptHead; cosignatures: number } | undefined {
    const { findings } = this.#deps
    const checkpoint = orFault(() => this.#open(note))
    if (checkpoint === undefined || checkpoint.size !== (size ?? checkpoint.size)) {
      findings.add('checkpoint-invalid', { keeper, size })
      return undefined
    }
    const cosignatures = orFault(() => this.#countCosignatures(note))
    if (cosignatures === undefined) findings.add('cosignature-invalid', { keeper, size: checkpoint.size })
    return {
      head: { keeper, size: checkpoint.size, root: checkpoint.root },
      cosignatures: cosignatures ?? 0,
    }
  }

  #open(note: string): Checkpoint {
    const { log } = this.#deps
    return log ? openCheckpoint(note, log).checkpoint : parseCheckpoint(parseNote(note).text)
  }

  #countCosignatures(note: string): number {
    const { log, witnesses } = this.#deps
    return log && witnesses.length > 0 ? openCheckpoint(note, log, witnesses).cosignatures.length : 0
  }
}

/** Undefined for bytes that are not what they should be. */
function orFault<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof TlogError) return undefined
    throw error
  }
}
