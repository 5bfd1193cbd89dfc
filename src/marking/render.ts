import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { drawMarkedPdf } from '../pdf/engine.ts'
import type { EnginePool } from '../pdf/engine-pool.ts'
import type { MarkAnnotation, ScoreSheet } from '../pdf/tasks.ts'
import type { Blobs } from '../platform/blobs.ts'

export type MarkedPdfRequest = {
  readonly originalSha256: string
  readonly annotations: readonly MarkAnnotation[]
  readonly sheet: ScoreSheet
  /** The same request under the same id gives the same bytes. */
  readonly documentId: string
}

export type RenderedPdf = { readonly sha256: string; readonly pages: number; readonly sheetPages: number }

/** Draws the marked PDF and stores it under the hash of its content. Throws the engine's codes, `blob-missing`. */
export type RenderMarkedPdf = (request: MarkedPdfRequest) => Promise<RenderedPdf>

/** The renderer that draws in the isolated engine processes. Files in the making never outlive the call. */
export function createRenderer(deps: {
  readonly pool: EnginePool
  readonly blobs: Blobs
  readonly workDirectory: string
}): RenderMarkedPdf {
  return (request) =>
    deps.blobs.withLocalFile(request.originalSha256, async (sourcePath) => {
      const name = `finalize-${request.documentId.replaceAll(':', '-')}`
      const folder = join(deps.workDirectory, name)
      // What an attempt that was killed left behind.
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder, { recursive: true, mode: 0o700 })
      try {
        const outputPath = join(folder, 'marked.pdf')
        const { annotations, sheet, documentId } = request
        const drawn = await drawMarkedPdf(deps.pool, {
          sourcePath,
          outputPath,
          annotations,
          sheet,
          documentId,
        })
        const { sha256 } = await deps.blobs.putFile(outputPath)
        return { sha256, pages: drawn.pageCount, sheetPages: drawn.sheetPageCount }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
}
