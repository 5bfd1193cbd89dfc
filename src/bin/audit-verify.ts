import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readSignedHead } from '../audit/signed-head.ts'
import { openCheckpoint } from '../audit/tlog/checkpoint.ts'
import { TlogError } from '../audit/tlog/errors.ts'
import type { Verifier } from '../audit/tlog/note.ts'
import type { KeptHead } from '../audit/tree-check.ts'
import { type VerifyReport, verifyLog } from '../audit/verify.ts'
import { withLogSnapshot } from '../audit/verify-store.ts'
import { type ReplayReport, replayLog } from '../operations/replay.ts'
import { listActorRefs } from '../people/store.ts'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { reportFailure } from './failure.ts'
import { showWork } from './long-work.ts'
import {
  findKeys,
  findOwnLog,
  getOwnLog,
  openLogDatabase,
  openPublished,
  witnessVerifiers,
} from './open-reader.ts'
import { saveReport } from './save-report.ts'

export type VerifyOptions = {
  /** A checkpoint that was kept elsewhere. */
  readonly since?: string
  readonly json?: boolean
  readonly report?: string
  /** Where relative file names start. */
  readonly directory: string
}

const COULD_NOT_TELL = 3

type Verdict = { readonly log: VerifyReport; readonly replay: ReplayReport }

/**
 * `paraph audit verify`: checks the whole log, the published files and the business tables against one another, also
 * while the service runs. Changes nothing. Exit codes: 0 all held, 1 something did not, 3 something could not be told.
 * Throws `file-unreadable`, `checkpoint-unusable` for what was given with `--since`.
 */
export async function runAuditVerify(config: Config, options: VerifyOptions): Promise<number> {
  const since = options.since === undefined ? [] : [readSaved(config, options.since, options.directory)]
  const witnesses = witnessVerifiers(config)
  try {
    const verdict = await verify(config, { since, witnesses })
    output(verdict, options)
    return exitCodeOf(verdict)
  } catch (error) {
    // Whatever kept us from looking, such as a database that does not run, says nothing of the log.
    return Math.max(reportFailure(error), COULD_NOT_TELL)
  }
}

async function verify(
  config: Config,
  { since, witnesses }: { readonly since: readonly KeptHead[]; readonly witnesses: readonly Verifier[] },
): Promise<Verdict> {
  const keys = findKeys(config)
  const own = findOwnLog(config)
  const files = openPublished(config)
  // Before the moment that the tables are read at, which therefore know of both.
  const checkpoint = await files.readCheckpoint()
  const signed = own && readSignedHead(config.keysDirectory, own.origin)
  const db = await openLogDatabase(config)
  const work = showWork(process.stderr)
  try {
    const log = await withLogSnapshot(db, (source) =>
      verifyLog({
        source,
        keys,
        log: own,
        witnesses,
        published: checkpoint === undefined ? undefined : { checkpoint, readTile: files.readTile },
        kept: [...(signed ? [{ keeper: 'signer', ...signed } as const] : []), ...since],
        onProgress: (leaves, of) => work.tell('verifying entries', leaves, of),
      }),
    )
    const replay = await replayLog({
      db,
      keys,
      listActorRefs,
      onProgress: (copies, of) => work.tell('replaying copies', copies, of),
    })
    return { log, replay }
  } finally {
    work.end()
    await db.destroy()
  }
}

/** A checkpoint that the person kept. Only what the log's own key signed can be held against the log. */
function readSaved(config: Config, path: string, directory: string): KeptHead {
  const log = getOwnLog(config)
  let note: string
  try {
    note = readFileSync(resolve(directory, path), 'utf8')
  } catch (cause) {
    throw new AppError('file-unreadable', { title: 'The file of --since cannot be read.', cause })
  }
  try {
    const { size, root } = openCheckpoint(note, log).checkpoint
    return { keeper: 'since', size, root }
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AppError('checkpoint-unusable', {
      title: 'The file of --since is not a checkpoint that the key of this log signed.',
      cause,
    })
  }
}

function exitCodeOf({ log, replay }: Verdict): 0 | 1 | 3 {
  if (log.findingCount + replay.findingCount > 0) return 1
  return log.skipped.length + replay.doubtCount > 0 ? 3 : 0
}

const SKIPPED = {
  authenticity: 'whether events are authentic: the keys are not here',
  'sealed-members': 'whether sealed members are what events commit to: the keys are not here',
  signatures: 'who signed the checkpoints: the key of the log is not here',
  files: 'the published files: they are not here',
} as const

function output(verdict: Verdict, options: VerifyOptions): void {
  const json = `${JSON.stringify({ ok: exitCodeOf(verdict) === 0, ...verdict })}\n`
  process.stdout.write(options.json ? json : formatVerdict(verdict))
  saveReport(options, json)
}

function formatVerdict(verdict: Verdict): string {
  const { log, replay } = verdict
  const published = log.published
    ? `published up to ${log.published.size}, cosigned by ${log.published.cosignatures}`
    : 'nothing is published'
  const lines = [
    `${log.size} entries in ${log.streams} streams, root ${log.root}`,
    `${published}; ${log.waiting} events wait, ${log.spooled} of them set aside, ${log.gaps} were lost and are named`,
    `${replay.copies} copies lived again from ${replay.events} events`,
    ...log.skipped.map((check) => `not told: ${SKIPPED[check]}`),
    ...replay.doubts.map((doubt) => `not told: ${doubt.sentence}`),
    ...[...log.findings, ...replay.findings].map((finding) => `! ${finding.sentence}`),
    sentenceOf(verdict),
  ]
  return `${lines.join('\n')}\n`
}

function sentenceOf(verdict: Verdict): string {
  const { log, replay } = verdict
  const count = log.findingCount + replay.findingCount
  const at = log.firstBadIndex === undefined ? '' : `; the first bad entry is ${log.firstBadIndex}`
  if (count > 0) return `NOT VERIFIED: ${count} findings${at}.`
  return exitCodeOf(verdict) === 0
    ? 'VERIFIED: the log is whole, and the tables are what it says.'
    : 'Nothing was found wrong, but not all could be told.'
}
