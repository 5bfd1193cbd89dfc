import type { LogIdentity } from './tlog/checkpoint.ts'
import { cosignatureVerifier } from './tlog/cosignature.ts'
import { TlogError } from './tlog/errors.ts'
import { ed25519Verifier, type Verifier } from './tlog/note.ts'
import { COSIGNATURE_V1, ED25519, parseVkey } from './tlog/note-key.ts'

/** Whom a reader trusts: the keys of one log, and of witnesses. */
export type TrustedKeys = { readonly log: LogIdentity; readonly witnesses: readonly Verifier[] }

/**
 * Reads the text forms of keys, at least one of a log and all of the same. Their name is its origin.
 * Throws `malformed`, also for a key of another kind or of another log.
 */
export function readTrustedKeys(vkeys: readonly string[], witnesses: readonly string[]): TrustedKeys {
  const keys = vkeys.map(parseVkey)
  const origin = keys[0]?.name
  if (origin === undefined || keys.some(({ name, type }) => name !== origin || type !== ED25519)) {
    throw new TlogError('malformed', 'keys: not those of one log')
  }
  const witnessKeys = witnesses.map(parseVkey)
  if (witnessKeys.some(({ type }) => type !== COSIGNATURE_V1)) {
    throw new TlogError('malformed', 'keys: not those of witnesses')
  }
  return {
    log: { origin, verifiers: keys.map(ed25519Verifier) },
    witnesses: witnessKeys.map(cosignatureVerifier),
  }
}
