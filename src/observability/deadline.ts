/** Something took longer than it may. */
export class DeadlineError extends Error {}

/** What `work` comes to, or a `DeadlineError` once `limitMs` have passed; what comes later is dropped. */
export async function withinMs<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new DeadlineError()), limitMs)
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
