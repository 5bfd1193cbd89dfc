/** Durations in milliseconds and sizes in bytes, so that constants read as they are spoken: `5 * MINUTE`. */
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const MEBIBYTE = 1_048_576

/** The largest scan that is taken, in whichever way it arrives. */
export const UPLOAD_LIMIT = 512 * MEBIBYTE
