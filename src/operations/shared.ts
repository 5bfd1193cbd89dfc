type Shared<T> = { readonly answer: Promise<T>; endedAt: number }

/**
 * Lets callers who ask the same at the same time, or within `forMs` of its end, have one answer. A failure is nobody's
 * but theirs who waited for it: the next caller asks again. Keys whose answers are old are forgotten.
 */
export function shareAnswers<K, T>(
  ask: (key: K) => Promise<T>,
  forMs: number,
  now: () => number = () => performance.now(),
): (key: K) => Promise<T> {
  const known = new Map<K, Shared<T>>()
  const isOld = ({ endedAt }: Shared<T>) => now() - endedAt > forMs

  async function begin(key: K): Promise<T> {
    try {
      return await ask(key)
    } catch (error) {
      known.delete(key)
      throw error
    } finally {
      const shared = known.get(key)
      if (shared) shared.endedAt = now()
    }
  }
  return (key) => {
    for (const [other, shared] of known) if (isOld(shared)) known.delete(other)
    const shared = known.get(key)
    if (shared) return shared.answer
    const answer = begin(key)
    known.set(key, { answer, endedAt: Number.POSITIVE_INFINITY })
    return answer
  }
}
