/** Closed words that log fields and metric labels share. */

/** Queues of background jobs. */
export const QUEUES = ['import-batch', 'prepare-copy', 'finalize-copy'] as const
export type QueueName = (typeof QUEUES)[number]

/** What one worker of the installation does periodically. */
export const SCHEDULED_TASKS = [
  'expire-locks',
  'lost-imports',
  'lost-finalizations',
  'sweep-sessions',
  'sweep-work',
  'sweep-blobs',
  'sweep-uploads',
  'audit-gaps',
] as const
export type ScheduledTask = (typeof SCHEDULED_TASKS)[number]

/** Why the embedded database cannot be used: a word of ours, or the file system's own code. */
export const DATABASE_REASONS = [
  'address-in-use',
  'disk-full',
  'lock',
  'memory',
  'not-a-cluster',
  'other-account',
  'owned-by-root',
  'permissions',
  'pid-in-doubt',
  'root',
  'served-elsewhere',
  'still-in-use',
  'unknown',
  'unknown-account',
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
] as const
export type DatabaseReason = (typeof DATABASE_REASONS)[number]

/** What reads gauges in the background, because it may take time. */
export const BACKGROUND_COLLECTORS = ['database', 'database-presence', 'disk'] as const
/** What reads gauges; of this process itself at every scrape. */
export const COLLECTORS = [
  ...BACKGROUND_COLLECTORS,
  'database-pool',
  'engines',
  'process',
  'event-loop',
  'witnesses',
] as const
export type CollectorName = (typeof COLLECTORS)[number]
