/** Where time comes from. Leases and events use the database's clock; this one is for files, logs and tests. */
export type Clock = { now(): Date }

export const systemClock: Clock = { now: () => new Date() }
