import { CommanderError } from 'commander'
import { isErrorCode } from '../observability/error-codes.ts'
import { appendFields, ERROR_FIELDS, type Line } from '../observability/fields.ts'
import { describeError } from '../observability/opaque-error.ts'
import { AppError } from '../platform/errors.ts'
import { describeUsage } from './usage.ts'

const WRONG_USE = 2
/** Nothing was refused and nothing is wrong: there is nobody there. */
const UNREACHABLE = 3
const USAGE_CODES: ReadonlySet<string> = new Set([
  'invalid-settings',
  'invalid-request',
  'invalid-request-id',
  'demo-folder',
  'not-a-demo-folder',
  'already-running',
  'port-in-use',
  'file-unreadable',
  'weak-password',
  'invalid-email',
  'account-exists',
])

/** Says what went wrong in words that quote nothing; returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version are thrown as well.
    if (error.exitCode === 0) return 0
    process.stderr.write(`paraph: ${describeUsage(error)} See "paraph --help".\n`)
    return WRONG_USE
  }
  // A code that nobody declared vouches for no title either.
  if (error instanceof AppError && isErrorCode(error.code)) {
    process.stderr.write(`paraph: ${error.title} (${error.code})\n`)
    if (error.code === 'server-unreachable') return UNREACHABLE
    return USAGE_CODES.has(error.code) ? WRONG_USE : 1
  }
  const facts: Line = { text: '', dropped: 0 }
  appendFields(facts, describeError(error), ERROR_FIELDS)
  process.stderr.write(`paraph: something went wrong on our side.\n{${facts.text.slice(1)}}\n`)
  return 1
}
