import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeSampleScan } from '../pdf/sample-scan.ts'
import type { Progress } from './progress.ts'
import type { Scan } from './walk.ts'

/** A stack of two copies and a single copy, new on each run. */
export async function makeSamples(folder: string, progress: Progress): Promise<Scan[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const seed = randomInt(1_000_000)
  progress.step('making sample scans')
  const plans = [
    { name: `stack-${seed}.pdf`, copies: 2, pagesPerCopy: 4, isStack: true },
    { name: `copy-${seed}.pdf`, copies: 1, pagesPerCopy: 3, isStack: false },
  ]
  const scans: Scan[] = []
  for (const [index, { name, copies, pagesPerCopy, isStack }] of plans.entries()) {
    const path = join(folder, name)
    writeFileSync(path, await makeSampleScan({ seed: seed + index, copies, pagesPerCopy }), { mode: 0o600 })
    scans.push({ path, ...(isStack ? { pagesPerCopy } : {}) })
  }
  return scans
}
