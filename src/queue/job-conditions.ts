import { HEARTBEAT_SECONDS } from './boss.ts'

// SQL that is true of a row of `pgboss.job`, which goes by the name `job`: each condition is written here and nowhere else.

/** Nobody has taken the job yet, or nobody has its next attempt. */
export function isUntaken(job: string): string {
  return `${job}.state in ('created', 'retry')`
}

/** It could have been taken, for `seconds`. */
export function isReady(job: string, seconds = 0): string {
  return `${isUntaken(job)} and ${job}.start_after <= now() - interval '${seconds} seconds'`
}

/** It cannot be taken for longer than `seconds` from now on. */
export function isPostponed(job: string, seconds: number): string {
  return `${isUntaken(job)} and ${job}.start_after > now() + interval '${seconds} seconds'`
}

/** Its worker should have given a sign of life, and has not for `seconds` more. */
export function isAbandoned(job: string, seconds: number): string {
  return `${job}.state = 'active'
      and coalesce(${job}.heartbeat_on, ${job}.started_on) < now() - interval '${HEARTBEAT_SECONDS + seconds} seconds'`
}

/** Not one of those that only declare another job lost. */
export function isOwnWork(job: string): string {
  return `${job}.name not like '%-lost'`
}
