import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../platform/errors.ts'
import { loadKeyFile, openKeyFolder } from '../platform/key-files.ts'
import type { LogIdentity } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { ed25519Signer, ed25519Verifier, type Signer } from './tlog/note.ts'
import { ED25519, formatVkey, generateSkey, parseSkey, type SignerKey } from './tlog/note-key.ts'

const FILE = 'log.key'
const OLD_FILE = /^log\.[0-9a-f]{8}\.old\.key$/

/** The log that this installation keeps. The first of `signers` and of `vkeys` is the current key's. */
export type OwnLog = LogIdentity & {
  /** Whether the settings name it. */
  readonly isNamed: boolean
  /** The current key and the one before it, so that readers have the time of a rotation to learn the new one. */
  readonly signers: readonly Signer[]
  /** The text forms of every key that the log has had. */
  readonly vkeys: readonly string[]
}

/** Whether the folder holds the key of a log. */
export function hasLogKey(directory: string): boolean {
  return existsSync(join(directory, FILE))
}

/**
 * Reads `log.key`, made when missing, and the keys before it, `log.<key id>.old.key`. The name of the key is the origin
 * of the log: `origin` of the settings, or one that nobody else has. Throws `log-origin-differs` when the settings name
 * another one than the key, which they keep from becoming another log; `keys-unusable`, `keys-readable-by-others`.
 */
export function loadOwnLog(directory: string, origin?: string): OwnLog {
  openKeyFolder(directory)
  const current = readLogKey(directory, FILE, origin ?? newOrigin())
  if (origin !== undefined && origin !== current.name) throw originDiffers()
  const old = readdirSync(directory)
    .filter((file) => OLD_FILE.test(file))
    .sort((a, b) => madeAt(directory, b) - madeAt(directory, a))
    .map((file) => readLogKey(directory, file, current.name))
    // A rotation that was interrupted leaves the current key under both names.
    .filter((key) => key.id !== current.id)
  if (old.some((key) => key.name !== current.name)) throw originDiffers()
  const keys = [current, ...old]
  return {
    origin: current.name,
    isNamed: origin !== undefined,
    verifiers: keys.map(ed25519Verifier),
    signers: keys.slice(0, 2).map(ed25519Signer),
    vkeys: keys.map(formatVkey),
  }
}

/** As the file of a key holds it. */
export function newLogKeyText(origin: string): string {
  return `${generateSkey(origin, ED25519)}\n`
}

/** Reads what `newLogKeyText` made. Throws `keys-unusable`; the title names the file. */
export function parseLogKeyText(text: string, file: string): SignerKey {
  try {
    const key = parseSkey(text.replace(/\n$/, ''))
    if (key.type === ED25519) return key
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw notALogKey(file, cause)
  }
  throw notALogKey(file)
}

function readLogKey(directory: string, file: string, origin: string): SignerKey {
  return parseLogKeyText(
    loadKeyFile(directory, file, () => newLogKeyText(origin)),
    file,
  )
}

/** A rotation leaves the time of a file as it is: that of the key. */
function madeAt(directory: string, file: string): number {
  return statSync(join(directory, file)).mtimeMs
}

/** A name that can be no host's (RFC 2606), for a log that nobody has given one. */
function newOrigin(): string {
  return `paraph.invalid/${randomBytes(8).toString('hex')}`
}

function notALogKey(file: string, cause?: unknown): AppError {
  return new AppError('keys-unusable', {
    title: `The key file ${file} does not hold the key of a log.`,
    cause,
  })
}

function originDiffers(): AppError {
  return new AppError('log-origin-differs', {
    title: `The audit log has a key under another name (${FILE}), which a log keeps: correct PARAPH_LOG_ORIGIN.`,
  })
}
