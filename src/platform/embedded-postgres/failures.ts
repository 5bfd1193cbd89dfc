import { statfs } from 'node:fs/promises'
import type { DatabaseReason } from '../../observability/vocabulary.ts'
import { AppError } from '../errors.ts'
import { MEBIBYTE } from '../units.ts'

/** The system's error code of anything thrown (`EACCES`, or an SQLSTATE for an error of `pg`). */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const FOLDER_ADVICE = {
  EACCES: 'Paraph may not write in it: give the folder to the account that runs Paraph, or choose another.',
  EPERM: 'Paraph may not change its owner or its mode: choose a folder on a local disk.',
  EROFS: 'It is on a read-only disk: choose another folder.',
  ENOSPC: 'The disk is full: free some space, then start again.',
  EDQUOT: 'The disk quota is used up: free some space, then start again.',
  ENOTDIR: 'A part of its path is a file: choose another folder.',
  EEXIST: 'A file stands where a folder must be: choose another folder.',
} as const satisfies Partial<Record<DatabaseReason, string>>

function isFolderRefusal(code: string | undefined): code is keyof typeof FOLDER_ADVICE {
  return code !== undefined && Object.hasOwn(FOLDER_ADVICE, code)
}

/** `database-directory-unusable`, with what to do about it; `reason` is a closed word or a system code. */
export function directoryUnusable(reason: DatabaseReason, advice: string, cause?: unknown): AppError {
  return new AppError('database-directory-unusable', {
    title: `The database folder cannot be used. ${advice}`,
    logContext: { 'database.reason': reason },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Runs `work`; a refusal of the file system becomes `database-directory-unusable`, anything else passes through. */
export async function onFolder<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = systemCodeOf(error)
    if (!isFolderRefusal(code)) throw error
    throw directoryUnusable(code, FOLDER_ADVICE[code], error)
  }
}

// PostgreSQL's own words, so that a failed start can say what to do without quoting its log, which holds paths.
const START_REASONS = [
  ['disk-full', /No space left on device|Disk quota exceeded/, 'The disk is full: free some space.'],
  ['address-in-use', /could not create any|Address already in use/, 'Its socket or its port is taken.'],
  [
    'still-in-use',
    /shared memory block .* still in use|lock file .* already exists/,
    'Another server holds it.',
  ],
  ['memory', /could not (create|map|resize) .*shared memory|Cannot allocate memory/, 'Memory is short.'],
  [
    'permissions',
    /wrong ownership|invalid permissions|Permission denied/,
    'Its files belong to another account.',
  ],
  ['unknown-account', /could not look up effective user/, 'The account nobody (65534) must exist.'],
] as const

/** `database-start-failed`: `output` is what PostgreSQL wrote, searched for a known reason and never quoted. */
export function startFailed(
  step: 'initialize' | 'start' | 'timeout' | 'roles',
  output: string,
  cause?: unknown,
): AppError {
  const known = START_REASONS.find(([, pattern]) => pattern.test(output))
  const advice = known?.[2] ?? 'Its log is in the folder "postgres" of the data folder.'
  return new AppError('database-start-failed', {
    title: `The embedded database did not start. ${advice}`,
    logContext: { 'database.step': step, 'database.reason': known?.[0] ?? 'unknown' },
    retryable: known?.[0] === 'address-in-use' || known?.[0] === 'still-in-use',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** What a full disk says, since the log on that disk cannot; empty when there is room. */
export async function diskState(path: string): Promise<string> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize < MEBIBYTE ? 'No space left on device' : ''
}

/** `database-secrets-unusable`: the superuser's password file is missing, or is not this cluster's. */
export function secretsUnusable(cause?: unknown): AppError {
  return new AppError('database-secrets-unusable', {
    title:
      'The password files of the embedded database are missing or not its own: restore "postgres/secrets" together with the data folder.',
    ...(cause === undefined ? {} : { cause }),
  })
}
