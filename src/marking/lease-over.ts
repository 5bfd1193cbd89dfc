/** SQL that is true of a row of `copy_lock`, which goes by the name `lock`: its lease has been over for `seconds`. */
export function isLeaseOver(lock: string, seconds = 0): string {
  return `${lock}.expires_at <= clock_timestamp() - interval '${seconds} seconds'`
}
