import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Id } from '../observability/id.ts'
import { conceal } from '../observability/sensitive.ts'
import { extractPages } from '../pdf/engine.ts'
import { type FingerprintedPage, findNearDuplicates } from '../pdf/fingerprint.ts'
import type { ExtractedPage } from '../pdf/tasks.ts'
import type { Tx } from '../platform/database.ts'
import { newAnonymousId, newId } from '../platform/ids.ts'
import { type BatchRow, setPagesExpected } from './batch-store.ts'
import { changeCopy, takeCopy } from './change.ts'
import type { PageFlagView } from './contract.ts'
import type { ImportDeps } from './deps.ts'
import { filePages, listPageFacts, type PageFacts, setFlags } from './page-store.ts'
import { openFileName } from './read.ts'
import { cutScan, SCAN_FLAGS } from './split.ts'
import { insertCopy } from './store.ts'

/** One copy to be: its pages, and its own PDF. */
type CutCopy = { readonly pages: readonly PageFacts[]; readonly originalSha256: string }

/** A scan that is read and cut, not yet recorded. */
export type CutScan = {
  readonly pageCount: number
  readonly copies: readonly CutCopy[]
  readonly pagesExpected: number | null
  /** The flags of the pages that got some from the scan as a whole, with those that they had. */
  readonly flags: readonly { readonly id: Id; readonly flags: readonly PageFlagView[] }[]
}

/** Decides which pages make which copy, and writes the PDF of each. Changes nothing but stored contents. */
export async function cutIntoCopies(
  deps: ImportDeps,
  batch: BatchRow & { readonly originalSha256: string },
  path: string,
  folder: string,
): Promise<CutScan> {
  const pages = await listPageFacts(deps.db, batch.id)
  const isForeign = ({ flags }: PageFacts) => flags.some(({ kind }) => kind === 'foreign-exam')
  const cut = cutScan(
    batch.split,
    pages.map((page) => ({ ...page, isForeign: isForeign(page) })),
    batch.pagesPerCopy,
  )
  const copies: CutCopy[] = []
  for (const indexes of cut.copies) {
    const own = indexes.map((index) => pages[index]).filter((page) => page !== undefined)
    copies.push({ pages: own, originalSha256: await writeOriginal(deps, batch, pages, own, path, folder) })
  }
  return {
    pageCount: pages.length,
    copies,
    pagesExpected: cut.pagesExpected,
    flags: addFlags(pages, cut.flags),
  }
}

/** The PDF of a copy: the scan itself where the copy is all of it as it lies, else its pages, turned. */
async function writeOriginal(
  deps: ImportDeps,
  batch: { readonly originalSha256: string },
  scanned: readonly PageFacts[],
  own: readonly PageFacts[],
  path: string,
  folder: string,
): Promise<string> {
  const isWhole =
    own.length === scanned.length && own.every((page, i) => page === scanned[i] && page.turn === 0)
  if (isWhole) return batch.originalSha256
  const pages = own.map(({ batchPageIndex, turn }) => ({ path, pageIndex: batchPageIndex, turn }))
  return storeExtract(deps, pages, join(folder, `copy-${own[0]?.batchPageIndex}.pdf`))
}

/** Writes pages as a PDF of their own and stores it; returns its name. */
export async function storeExtract(
  deps: Pick<ImportDeps, 'pool' | 'blobs'>,
  pages: readonly ExtractedPage[],
  outputPath: string,
): Promise<string> {
  await extractPages(deps.pool, { pages, outputPath })
  const { sha256 } = await deps.blobs.putFile(outputPath)
  await rm(outputPath, { force: true })
  return sha256
}

/** Near duplicates, and what cutting has found, beside what each page was known for. */
function addFlags(
  pages: readonly PageFacts[],
  cut: ReadonlyMap<number, PageFlagView['kind']>,
): CutScan['flags'] {
  const found = new Map<number, PageFlagView[]>()
  const add = (index: number, flag: PageFlagView) => found.set(index, [...(found.get(index) ?? []), flag])
  for (const [index, kind] of cut)
    if (kind !== 'foreign-exam') add(index, { kind, confidence: kind === 'longer-than-usual' ? 0.5 : 1 })
  for (const { first, second, confidence } of findNearDuplicates(pages.flatMap(fingerprinted))) {
    const original = pages[first]
    if (original) add(second, { kind: 'near-duplicate', confidence, of: original.id })
  }
  // An import that is recorded again, after a crash, must not double them.
  const ofScan = new Set<string>(SCAN_FLAGS)
  return [...found].flatMap(([index, flags]) => {
    const page = pages[index]
    return page
      ? [{ id: page.id, flags: [...page.flags.filter(({ kind }) => !ofScan.has(kind)), ...flags] }]
      : []
  })
}

/** A page that was read, with its code: sheets with different codes are no duplicates, however alike they look. */
function fingerprinted({ batchPageIndex, fingerprint, group, number }: PageFacts): FingerprintedPage[] {
  if (fingerprint === null) return []
  const code = group === null ? undefined : { copy: String(group), ...(number !== null && { page: number }) }
  return [{ pageIndex: batchPageIndex, fingerprint, code }]
}

/** Makes the copies, files their pages and writes an `IMPORT` event for each. Part of the transaction that ends the import. */
export async function fileScan(
  deps: Pick<ImportDeps, 'appendEvent' | 'keys'>,
  tx: Tx,
  batch: BatchRow,
  scan: CutScan,
): Promise<void> {
  const fileName = openFileName(deps.keys, batch)
  await setPagesExpected(tx, batch.id, scan.pagesExpected)
  await setFlags(tx, scan.flags)
  const copies = await insertCutCopies(tx, batch, scan.copies)
  await filePages(
    tx,
    copies.flatMap(({ copyId, pages }) => pages.map(({ id }, pageIndex) => ({ id, copyId, pageIndex }))),
  )
  for (const { copyId, pages, originalSha256 } of copies) {
    const metadata = {
      success: true,
      pages: pages.length,
      filename: fileName,
      original_sha256: conceal(originalSha256),
    }
    const copy = await takeCopy(tx, copyId)
    const changes = { originalSha256, preparedSha256: originalSha256, preparedVersion: copy.pagesVersion }
    await changeCopy(deps, tx, copy, changes, [{ action: 'IMPORT', metadata }])
  }
}

/** Makes the copies of a stack (a single copy exists since its upload); returns each cut with its copy. */
async function insertCutCopies(
  tx: Tx,
  batch: BatchRow,
  cuts: readonly CutCopy[],
): Promise<readonly (CutCopy & { readonly copyId: Id })[]> {
  if (batch.split === 'one-copy') {
    const [copyId] = batch.copies
    if (copyId === undefined) throw new Error('a batch of one copy without its copy')
    return cuts.map((cut) => ({ ...cut, copyId }))
  }
  const copies: (CutCopy & { readonly copyId: Id })[] = []
  for (const [index, cut] of cuts.entries()) {
    const copyId = newId()
    await insertCopy(tx, {
      id: copyId,
      examId: batch.examId,
      batchId: batch.id,
      batchPosition: index + 1,
      anonymousId: newAnonymousId(),
    })
    copies.push({ ...cut, copyId })
  }
  return copies
}
