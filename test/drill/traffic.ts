import { setTimeout as sleep } from 'node:timers/promises'
import type { TestClient } from '../support/client.ts'

/** No fault of a drill takes longer; what nobody ends does so by itself. */
const LIMIT_MS = 180_000

/**
 * Does `work` again and again in the background, in as many lanes, until it answers `false` or the returned function
 * is called, which waits for what is under way. What is thrown is no news: installations are broken here.
 */
export function keepGoing(
  work: () => Promise<unknown>,
  options: { readonly everyMs: number; readonly lanes?: number },
): () => Promise<void> {
  const until = performance.now() + LIMIT_MS
  let isEnded = false
  async function run(): Promise<void> {
    while (!isEnded && performance.now() < until) {
      if ((await work().catch(() => undefined)) === false) return
      await sleep(options.everyMs)
    }
  }
  const lanes = Array.from({ length: options.lanes ?? 1 }, run)
  return async () => {
    isEnded = true
    await Promise.all(lanes)
  }
}

/** Whether a request that goes to the database is answered as quickly as it should be. */
export async function isQuick(client: TestClient): Promise<boolean> {
  const begun = performance.now()
  const { status } = await client.get('/api/exams')
  return status === 200 && performance.now() - begun < 500
}
