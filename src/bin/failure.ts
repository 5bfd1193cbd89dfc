import { CommanderError } from 'commander'
import { describeError } from '../observability/opaque-error.ts'
import { AppError } from '../platform/errors.ts'

const WRONG_USE = 2
const USAGE_CODES: ReadonlySet<string> = new Set([
  'invalid-settings',
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
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE
  if (error instanceof AppError) {
    process.stderr.write(`paraph: ${error.title} (${error.code})\n`)
    return USAGE_CODES.has(error.code) ? WRONG_USE : 1
  }
  const facts = describeError(error)
  process.stderr.write(`paraph: something went wrong on our side.\n${JSON.stringify(facts)}\n`)
  return 1
}
