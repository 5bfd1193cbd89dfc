import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as mupdf from 'mupdf'
import { engineError } from './errors.ts'
import { dropSideInformation, type Graft, graftFrom, saveDeterministically } from './graft.ts'
import { assertPagesExist, openPdf, ownLimits, reduceTurn } from './inspect.ts'
import type { ExtractTask, PageProgress, WrittenPdf } from './tasks.ts'

/** Child side of `extractPages`. Errors: as `openPdf`, `no-pages`. */
export function writeExtract(task: ExtractTask, report: (progress: PageProgress) => void): WrittenPdf {
  if (task.pages.length === 0) throw engineError('no-pages')
  const target = new mupdf.PDFDocument()
  const sources = new Map<string, mupdf.PDFDocument>()
  const grafts = new Map<string, Graft>()
  try {
    openSources(task, target, sources, grafts)
    for (const { path, pageIndex, turn } of task.pages) {
      const position = grafts.get(path)?.addPage(pageIndex) ?? 0
      turnPage(target.findPage(position), turn)
      report({ pageIndex: position })
    }
    for (const graft of grafts.values()) graft.finish()
    dropSideInformation(target)
    const bytes = saveDeterministically(target, seedOf(task))
    writeWhole(task.outputPath, bytes)
    return { pageCount: task.pages.length, sizeBytes: bytes.length }
  } finally {
    for (const graft of grafts.values()) graft.close()
    for (const source of sources.values()) source.destroy()
    target.destroy()
  }
}

/** Opens each file once, however its pages are mixed with those of others. */
function openSources(
  { pages }: ExtractTask,
  target: mupdf.PDFDocument,
  sources: Map<string, mupdf.PDFDocument>,
  grafts: Map<string, Graft>,
): void {
  for (const path of new Set(pages.map((page) => page.path))) {
    const pageIndexes = pages.filter((page) => page.path === path).map(({ pageIndex }) => pageIndex)
    const source = openPdf(path, ownLimits)
    sources.set(path, source)
    assertPagesExist(pageIndexes, source.countPages())
    grafts.set(path, graftFrom(source, pageIndexes, target))
  }
}

function turnPage(page: mupdf.PDFObject, turn: number): void {
  if (turn !== 0) page.put('Rotate', reduceTurn(page.getInheritable('Rotate').asNumber() + turn))
}

/** Names the contents, not the paths: the same pages of the same files give the same bytes wherever they lie. */
function seedOf({ pages }: ExtractTask): string {
  const digests = new Map<string, string>()
  const digestOf = (path: string) => {
    const known = digests.get(path) ?? createHash('sha256').update(readFileSync(path)).digest('hex')
    digests.set(path, known)
    return known
  }
  return pages.map(({ path, pageIndex, turn }) => `${digestOf(path)} ${pageIndex} ${turn}`).join(' ')
}

/** A killed child must not leave half a file under the final name. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const partial = `${path}.partial`
  writeFileSync(partial, bytes)
  renameSync(partial, path)
}
