import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { copyPages, saveDeterministically } from './graft.ts'
import { assertPagesExist, openPdf, ownLimits } from './inspect.ts'
import type { ExtractTask, PageProgress, WrittenPdf } from './tasks.ts'

/** Child side of `extractPages`. Errors: as `openPdf`, `no-pages`. */
export function writeExtract(task: ExtractTask, report: (progress: PageProgress) => void): WrittenPdf {
  const source = openPdf(task.path, ownLimits)
  try {
    assertPagesExist(task.pageIndexes, source.countPages())
    const target = copyPages(source, task.pageIndexes, (pageIndex) => report({ pageIndex }))
    try {
      const origin = createHash('sha256').update(readFileSync(task.path)).digest('hex')
      const bytes = saveDeterministically(target, `${origin} ${task.pageIndexes.join(' ')}`)
      writeWhole(task.outputPath, bytes)
      return { pageCount: task.pageIndexes.length, sizeBytes: bytes.length }
    } finally {
      target.destroy()
    }
  } finally {
    source.destroy()
  }
}

/** A killed child must not leave half a file under the final name. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const partial = `${path}.partial`
  writeFileSync(partial, bytes)
  renameSync(partial, path)
}
