import type { CopyHoldings } from './erase-copy-store.ts'
import type { Outcome, ScanSize } from './erase-scan.ts'
import type { Subject } from './erase-store.ts'
import type { Reapplied } from './reapply-erasures.ts'

const HEADLINES: Readonly<Record<Outcome['outcome'], string>> = {
  planned: 'would lose',
  erased: 'has lost',
  'already-erased': 'was erased before; nothing was left of it',
}

/** What an erasure took, or would take, in lines for a person. Counts and ids only. */
export function formatErasure(subject: Subject, erasure: ScanSize & Outcome & Partial<CopyHoldings>): string {
  const what = 'batchId' in subject ? `batch ${subject.batchId}` : `copy ${subject.copyId}`
  const [scan, scans] =
    'batchId' in subject
      ? ['scan, with its name', 'scans, with their names']
      : ['scan it came in, with its name', 'scans it came in, with their names']
  const parts = [
    quantity(erasure.sealedFields, 'sealed field of the log', 'sealed fields of the log'),
    quantity(erasure.streamKeys, 'key that they open with', 'keys that they open with'),
    quantity(erasure.annotations, 'annotation', 'annotations'),
    quantity(erasure.scores, 'score', 'scores'),
    quantity(erasure.remarks, 'remark', 'remarks'),
    quantity(erasure.results, 'result', 'results'),
    quantity(erasure.students, 'link to a student', 'links to students'),
    quantity(erasure.pages, 'page image', 'page images'),
    quantity(erasure.scans, scan, scans),
    quantity(erasure.files, `file, ${erasure.bytes} bytes`, `files, ${erasure.bytes} bytes`),
  ].filter((part) => part !== undefined)
  const lines = parts.map((part) => `  ${part}`)
  return [`${what} ${HEADLINES[erasure.outcome]}`, ...lines, ...formatLeft(erasure)].join('\n')
}

/** The same of all erasures that are known. */
export function formatReapplied(reapplied: Reapplied, isDryRun: boolean): string {
  const { known, erased, absent, refused, refusedBatches } = reapplied
  return [
    `erasures known: ${known}; ${isDryRun ? 'that would be done' : 'done'} again: ${erased}`,
    ...(absent > 0 ? [`  ${absent} of copies or batches that are not here`] : []),
    ...refused.map(
      (copyId) => `  copy ${copyId} could not be erased: it is in use, or has events in the spool`,
    ),
    ...refusedBatches.map(
      (batchId) =>
        `  batch ${batchId} could not be erased: its import runs, a copy has pages of it, or it has events in the spool`,
    ),
    ...formatLeft(reapplied),
  ].join('\n')
}

function quantity(count = 0, one: string, many: string): string | undefined {
  if (count === 0) return undefined
  return `${count} ${count === 1 ? one : many}`
}

function formatLeft({ filesLeft }: { readonly filesLeft: number }): string[] {
  return filesLeft > 0 ? [`  files still to be removed: ${filesLeft}`] : []
}
