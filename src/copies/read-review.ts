import type { Id } from '../observability/id.ts'
import { reveal } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import type { FileResponse } from '../platform/http-route.ts'
import { findBatch } from './batch-store.ts'
import { assertNotErased } from './change.ts'
import type { CopyProblems, PageList, PageView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { findImageOfPage, type ImageSize } from './page-store.ts'
import { getCopy } from './read.ts'
import { listCopiesOfBatch, listPagesOfBatch, listPagesOfCopy, type PageRow } from './review-store.ts'
import { findNumberProblems } from './split.ts'

/** From here on a flag is worth a look. */
const WORTH_A_LOOK = 0.5

/**
 * The pages of a scan with what is odd about them, and its copies with what their numbers say: all, or only those that
 * somebody should look at. The counts are always those of the whole scan. Throws `not-found`.
 */
export async function listBatchPages(
  deps: Pick<CopiesDeps, 'db'>,
  query: { readonly batchId: Id; readonly only: 'all' | 'exceptions' },
): Promise<PageList> {
  const batch = await findBatch(deps.db, query.batchId)
  if (!batch) throw new AppError('not-found', { title: 'There is no such batch.' })
  const [pages, copies] = await Promise.all([
    listPagesOfBatch(deps.db, batch.id),
    listCopiesOfBatch(deps.db, batch.id),
  ])
  const pagesByCopy = Map.groupBy(pages, ({ copyId }) => copyId)
  const counts = copies.map(({ id }) => pagesByCopy.get(id)?.length ?? 0)
  const usual = mostFrequent(counts.filter((count) => count > 0))
  const problems = copies.map((copy): CopyProblems => {
    const own = (pagesByCopy.get(copy.id) ?? []).toSorted((a, b) => (a.pageIndex ?? 0) - (b.pageIndex ?? 0))
    const numbers = own.map(({ sheetNumber }) => sheetNumber)
    const { missing, duplicate, extra, isOutOfOrder } = findNumberProblems(numbers, batch.pagesExpected)
    return {
      copyId: copy.id,
      anonymousId: copy.anonymousId,
      status: copy.status,
      pages: own.length,
      pagesVersion: copy.pagesVersion,
      // A copy that was emptied, by merging it into another, lacks nothing.
      missingNumbers: own.length === 0 ? [] : [...missing],
      duplicateNumbers: [...duplicate],
      extraNumbers: [...extra],
      isOutOfOrder,
      hasOtherCount: own.length > 0 && usual !== undefined && own.length !== usual,
    }
  })
  const isAll = query.only === 'all'
  return {
    scanned: batch.pageCount ?? 0,
    filed: batch.filedPages,
    discarded: batch.discardedPages,
    unresolved: batch.unresolvedPages,
    pages: pages.filter((page) => isAll || isException(page)).map(toPageView),
    copies: problems.filter((copy) => isAll || isOdd(copy)),
  }
}

/** The pages of a copy, in their order. Throws `not-found`, `copy-erased`. */
export async function listCopyPages(
  deps: Pick<CopiesDeps, 'db'>,
  copyId: Id,
): Promise<{ pages: PageView[] }> {
  const copy = await getCopy(deps.db, copyId)
  return { pages: (await listPagesOfCopy(deps.db, copy.id)).map(toPageView) }
}

/** The image of any scanned page, wherever it is. Throws `not-found`, `copy-erased`. */
export async function readImageOfPage(
  deps: Pick<CopiesDeps, 'db' | 'blobs'>,
  query: { readonly pageId: Id; readonly size: ImageSize },
): Promise<FileResponse> {
  const image = await findImageOfPage(deps.db, query.pageId, query.size)
  const { sha256, mediaType } = image ? assertNotErased(image) : { sha256: null, mediaType: null }
  if (sha256 === null || mediaType === null) {
    throw new AppError('not-found', { title: 'There is no image of such a page.' })
  }
  return { ...(await deps.blobs.read(sha256)), mediaType }
}

export function toPageView(page: PageRow): PageView {
  const { batchPageIndex, pageIndex, copyCode, discardReason } = page
  return {
    ...page,
    scanNumber: batchPageIndex + 1,
    pageNumber: pageIndex === null ? null : pageIndex + 1,
    place: discardReason !== null ? 'discarded' : page.copyId === null ? 'unresolved' : 'filed',
    copyCode: copyCode === null ? null : reveal(copyCode, 'show-to-entitled-user'),
    flags: [...page.flags],
  }
}

function isException({ copyId, discardReason, errorCode, flags }: PageRow): boolean {
  if (discardReason !== null) return false
  return copyId === null || errorCode !== null || flags.some(({ confidence }) => confidence >= WORTH_A_LOOK)
}

function isOdd(copy: CopyProblems): boolean {
  const { missingNumbers, duplicateNumbers, extraNumbers } = copy
  const wrong = missingNumbers.length + duplicateNumbers.length + extraNumbers.length
  return wrong > 0 || copy.isOutOfOrder || copy.hasOtherCount
}

/** Undefined for an even split, where neither is the usual number. */
function mostFrequent(counts: readonly number[]): number | undefined {
  const times = [...Map.groupBy(counts, (count) => count)].sort(([, a], [, b]) => b.length - a.length)
  const [first, second] = times
  return first && first[1].length > (second?.[1].length ?? 0) ? first[0] : undefined
}
