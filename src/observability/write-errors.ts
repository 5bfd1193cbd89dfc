/** Why a log line could not be written: the system's codes that an operator can act on, and one word for the rest. */
export const WRITE_ERROR_REASONS = [
  'ENOSPC',
  'EACCES',
  'EROFS',
  'EDQUOT',
  'EFBIG',
  'ENOENT',
  'EPIPE',
  'other',
] as const

export type WriteErrorReason = (typeof WRITE_ERROR_REASONS)[number]
export type OnWriteError = (reason: WriteErrorReason) => void

/** The reason within a system error that was thrown. */
export function writeErrorReason(error: unknown): WriteErrorReason {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return WRITE_ERROR_REASONS.find((reason) => reason === code) ?? 'other'
}

/** No room on the disk, none left for this user, or none in a file: a limit of the process or of the file system. */
const NO_ROOM: ReadonlySet<WriteErrorReason> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Whether there is no room, which may change at any moment, so that it is no reason not to start. */
export function isDiskFull(error: unknown): boolean {
  return NO_ROOM.has(writeErrorReason(error))
}
