import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { proveEvent, type Unproved } from '../audit/prove.ts'
import type { EventName } from '../audit/prove-store.ts'
import { TlogError } from '../audit/tlog/errors.ts'
import type { Config } from '../platform/config.ts'
import { idSchema } from '../platform/contract.ts'
import { AppError } from '../platform/errors.ts'
import { getOperatorReader, getOwnLog, openLogDatabase, openPublished } from './open-reader.ts'

export type ProveOptions = {
  /** File for the proof; by default standard output. */
  readonly out?: string
  /** Where relative file names start. */
  readonly directory: string
}

const WHY_NOT: Readonly<Record<Unproved, string>> = {
  'no-such-event': 'There is no such event.',
  earlier: 'The event is older than the proofs of this log, and has none.',
  'not-in-tree': 'The event waits for its place in the log: ask again in a moment.',
  'not-published': 'The event is not published yet: ask again in a moment.',
  disproved: 'The published files do not hold the event as the table does: run "paraph audit verify".',
}

/**
 * `paraph audit prove`: the proof that an event is in the log, as a file that anybody can check offline. The event goes by
 * its number, or by the reference of its stream and its place there (`<stream>/<seq>`). Exit codes: 0 proved, 1 there is
 * no proof, 3 not yet. Throws `database-unavailable`, `checkpoint-unusable`, `file-not-written`, `invalid-settings`.
 * Event: `READ` on the stream of the installation.
 */
export async function runAuditProve(config: Config, name: string, options: ProveOptions): Promise<number> {
  const event = parseName(name)
  const log = getOwnLog(config)
  const db = await openLogDatabase(config)
  try {
    const { recordRead } = getOperatorReader(config, db)
    const proved = await proveEvent({ db, log, files: openPublished(config) }, event)
    if (typeof proved === 'string') {
      process.stderr.write(`paraph: ${WHY_NOT[proved]}\n`)
      return proved === 'not-in-tree' || proved === 'not-published' ? 3 : 1
    }
    await recordRead({ what: 'proof', events: 1 })
    write(proved.file, options)
    const command = `paraph audit check <proof> --log '${log.vkeys[0]}'`
    process.stderr.write(`Entry ${proved.index} of ${log.origin}. Anybody can check it: ${command}\n`)
    return 0
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AppError('checkpoint-unusable', {
      title: 'The published checkpoint is not one that the key of this log signed.',
      cause,
    })
  } finally {
    await db.destroy()
  }
}

function parseName(name: string): EventName {
  if (/^\d{1,18}$/.test(name)) return { eventId: name }
  const [stream, seq = ''] = name.split('/')
  const ref = idSchema.safeParse(stream)
  if (ref.success && /^\d{1,9}$/.test(seq)) return { streamRef: ref.data, seq: Number(seq) }
  throw new AppError('invalid-settings', {
    title: 'An event goes by its number, or by its stream and its place there: <stream>/<seq>.',
  })
}

function write(file: string, { out, directory }: ProveOptions): void {
  if (out === undefined) {
    process.stdout.write(file)
    return
  }
  try {
    writeFileSync(resolve(directory, out), file, { mode: 0o600 })
  } catch (cause) {
    throw new AppError('file-not-written', { title: 'The file of --out cannot be written.', cause })
  }
}
