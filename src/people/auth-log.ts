import type { Fields } from '../observability/fields.ts'
import { log } from '../observability/log.ts'

type AuthEvent = NonNullable<Fields['auth.event']>

/** Texts of the library that `sign-in.ts` reports itself, with the account they are about. */
const REPORTED_ELSEWHERE: ReadonlySet<string> = new Set([
  'User not found',
  'Password not found',
  'Password is too long',
  'Invalid password',
])

const WORD_OF_TEXT: ReadonlyMap<string, AuthEvent> = new Map([
  ['INTERNAL_SERVER_ERROR', 'request-failed'],
  ['Failed to create session', 'session-not-created'],
  ['Failed to read session from database', 'session-unreadable'],
  ['Failed to delete session from database', 'session-not-deleted'],
])

/**
 * Where the sign-in library writes. Its texts quote what clients sent, so a known one becomes a closed word and any
 * other is `other`; of an error it passes along, only class, code and frames are kept.
 */
export function writeLibraryLog(
  level: 'debug' | 'info' | 'warn' | 'error',
  text: string,
  ...details: unknown[]
): void {
  if (REPORTED_ELSEWHERE.has(text)) return
  const fields: Fields = { 'auth.event': WORD_OF_TEXT.get(text) ?? 'other' }
  const error = details.find((detail) => detail instanceof Error)
  if (level === 'error') log.security.error('auth.library', fields, error)
  else log.security.warning('auth.library', fields, error)
}
