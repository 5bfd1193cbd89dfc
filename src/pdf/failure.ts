import { isDiskFull } from '../observability/write-errors.ts'
import { AppError } from '../platform/errors.ts'
import { type EngineErrorCode, engineError, isEngineErrorCode } from './errors.ts'

type Failure = { readonly code: EngineErrorCode; readonly pageIndex: number | undefined }

const memoryWords =
  /out of memory|(malloc|calloc|realloc) .*failed|allocation failed|cannot allocate|cannot enlarge/i

/**
 * Reduces anything thrown in the child to one of our codes. MuPDF throws plain `Error`s whose texts may quote the
 * document, so nothing but the code and the page survives. A file system error is never the document's fault.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) {
    return {
      code: isEngineErrorCode(error.code) ? error.code : 'engine-fault',
      pageIndex: error.logContext['page.index'],
    }
  }
  return { code: codeOf(error), pageIndex: undefined }
}

function codeOf(error: unknown): EngineErrorCode {
  if (!(error instanceof Error)) return 'engine-fault'
  if (isDiskFull(error)) return 'storage-full'
  if (memoryWords.test(error.message)) return 'out-of-memory'
  const isPlain = error.constructor === Error && !('syscall' in error)
  return isPlain ? 'corrupt' : 'engine-fault'
}

/** Runs the work of one page and names the page in whatever it throws. */
export async function onPageIndex<T>(pageIndex: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw engineError(failureOf(error).code, { 'page.index': pageIndex })
  }
}
