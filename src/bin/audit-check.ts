import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type CheckedProof, checkProof } from '../audit/check-proof.ts'
import { TlogError } from '../audit/tlog/errors.ts'
import { readTrustedKeys, type TrustedKeys } from '../audit/trusted-keys.ts'
import { AppError } from '../platform/errors.ts'

export type CheckOptions = {
  /** Verifier keys of the log, got by a way that is not this proof. */
  readonly log: readonly string[]
  readonly witness?: readonly string[]
  /** The bytes of the event, for a proof that does not bring them along. */
  readonly leaf?: string
  readonly json?: boolean
  /** Where relative file names start. */
  readonly directory: string
}

/**
 * `paraph audit check`: checks a proof, offline: no database, no network, no settings. Exit codes: 0 proved, 1 not.
 * Throws `file-unreadable`, `invalid-settings` for keys that are none.
 */
export function runAuditCheck(path: string, options: CheckOptions): number {
  const read = (file: string) => readGiven(resolve(options.directory, file))
  const entry = options.leaf === undefined ? undefined : read(options.leaf)
  const checked = checkProof(read(path).toString(), trust(options), entry)
  if (options.json) process.stdout.write(`${JSON.stringify(toJson(checked))}\n`)
  else process.stdout.write(format(checked))
  return typeof checked === 'string' ? 1 : 0
}

function readGiven(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new AppError('file-unreadable', { title: 'A file that was named cannot be read.', cause })
  }
}

function trust({ log, witness = [] }: CheckOptions): TrustedKeys {
  try {
    return readTrustedKeys(log, witness)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AppError('invalid-settings', {
      title: '--log takes verifier keys of one log, --witness those of witnesses.',
      cause,
    })
  }
}

type Checked = ReturnType<typeof checkProof>

function toJson(checked: Checked) {
  if (typeof checked === 'string') return { ok: false, fault: checked }
  return { ok: true, ...checked, entry: checked.entry.toString('base64') }
}

const FAULTS: Readonly<Record<Exclude<Checked, CheckedProof>, string>> = {
  malformed: 'this is not a proof.',
  unsigned: 'no key that you trust signed its checkpoint.',
  'bad-signature': 'a signature under a key that you trust is not of that key.',
  'wrong-origin': 'it is of another log.',
  'not-included': 'it does not lead from this event to the signed log.',
  'tile-missing': 'it is not whole.',
  'no-entry': 'it does not bring the event along: name its bytes with --leaf.',
}

function format(checked: Checked): string {
  if (typeof checked === 'string') return `NOT PROVED: ${FAULTS[checked]}\n`
  const { origin, size, index, entry, cosignatures } = checked
  const times = cosignatures.map(
    ({ witness, at }) => `  cosigned by ${witness} at ${new Date(at * 1_000).toISOString()}\n`,
  )
  return `PROVED: entry ${index} of ${origin}, in the log since it had ${size} entries at the latest.\n${times.join('')}${entry}\n`
}
