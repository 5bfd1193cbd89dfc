import { execFileSync } from 'node:child_process'
import { readStream } from '../../src/audit/read.ts'
import { quantile } from '../measure.ts'
import { LONG_EVENTS } from './backlog.ts'
import type { BenchCopy } from './copies.ts'
import type { Installation } from './installation.ts'

export type Timelines = { readonly p50Ms: number; readonly p95Ms: number; readonly streams: number }

/** Reads each long stream from its first event to its last, as an auditor does, who sees what is sealed. */
export async function readTimelines(
  { app: db, keys }: Installation,
  copies: readonly BenchCopy[],
): Promise<Timelines> {
  const times: number[] = []
  for (const { streamRef } of copies) {
    const begun = performance.now()
    let events = 0
    for (let afterSeq: number | undefined = 0; afterSeq !== undefined; ) {
      const page: Awaited<ReturnType<typeof readStream>> = await readStream(
        { db, keys },
        { streamRef, afterSeq, mayUnseal: true },
      )
      events += page.events.length
      afterSeq = page.nextAfter
    }
    times.push(performance.now() - begun)
    if (events !== LONG_EVENTS) throw new Error('a timeline is not whole')
  }
  return { p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95), streams: times.length }
}

/**
 * Makes the database forget what it has read: the server begins anew, and the system lets go of the pages of its files.
 * Returns false where the system cannot be told so (GNU `dd` can).
 */
export async function chill(installation: Installation): Promise<boolean> {
  const letGo = 'find "$1" -type f -exec dd if={} iflag=nocache count=0 status=none ";"'
  let isCold = true
  await installation.restart(() => {
    try {
      execFileSync('sh', ['-c', letGo, 'sh', installation.folder], { stdio: 'ignore' })
    } catch {
      isCold = false
    }
  })
  return isCold
}
