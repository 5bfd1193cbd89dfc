import type { PDFDocument, PDFObject } from 'mupdf'

/** Deeper trees are none that anybody wrote; MuPDF says so by itself. */
const mostLevels = 64
/** No limit on pages is higher. */
const mostPages = 10_000

/**
 * Whether what the page tree names is a page. MuPDF makes an empty one of whatever it is, of nothing, too: it must not pass
 * for bare paper.
 */
export function isPage(object: PDFObject): boolean {
  if (!object.isDictionary() || object.isStream() || object.get('Kids').isArray()) return false
  if (object.get('Type').asName() === 'Page') return true
  return ['Contents', 'MediaBox'].some((key) => !object.get(key).isNull())
}

/**
 * Counts the pages anew where the page tree cannot be right: it counts fewer pages than it has branches, or is a page. The
 * engine would believe the number, and pages would be missing without a word. Changes the open document only.
 */
export function mendPageTree(document: PDFDocument): void {
  const root = document.getTrailer().get('Root')
  if (!root.isDictionary()) return
  const tree = root.get('Pages')
  if (isPage(tree)) {
    root.put('Pages', document.addObject({ Type: 'Pages', Kids: [tree], Count: 1 }))
    return
  }
  const branches = tree.isDictionary() ? tree.get('Kids') : undefined
  if (!branches?.isArray() || tree.get('Count').asNumber() >= branches.length) return
  const pages: PDFObject[] = []
  collectPages(branches, pages, new Set([tree.asIndirect()]), 0)
  const flat = document.newArray()
  for (const page of pages) flat.push(page)
  tree.put('Kids', flat)
  tree.put('Count', pages.length)
}

function collectPages(branches: PDFObject, pages: PDFObject[], seen: Set<number>, level: number): void {
  for (let at = 0; at < branches.length && pages.length <= mostPages; at++) {
    const branch = branches.get(at)
    const inner = branch.isDictionary() ? branch.get('Kids') : undefined
    // What is no page either is kept: somebody must learn that it is lost.
    if (!inner?.isArray()) pages.push(branch)
    else if (level < mostLevels && !seen.has(branch.asIndirect())) {
      seen.add(branch.asIndirect())
      collectPages(inner, pages, seen, level + 1)
    }
  }
}
