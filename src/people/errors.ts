import { AppError } from '../platform/errors.ts'

const TITLES = {
  'account-exists': 'There is already an account with this e-mail address.',
  'weak-password': 'The password must have 12 to 128 characters.',
  'invalid-email': 'This is not an e-mail address.',
  'wrong-credentials': 'The e-mail address or the password is wrong.',
  'not-a-student': 'This account is not that of a student.',
  'copy-has-student': 'It was said already whose copy this is; take that back before.',
  'student-has-copy': 'This student has another copy of this exam.',
  'too-many-attempts': 'Too many attempts to sign in; wait before the next one.',
} as const

export type PeopleErrorCode = keyof typeof TITLES

/** Builds the error of this room for one code. */
export function peopleError(code: PeopleErrorCode, options: { retryAfterSeconds?: number } = {}): AppError {
  return new AppError(code, { title: TITLES[code], ...options })
}
