import { createHash } from 'node:crypto'
import * as mupdf from 'mupdf'
import { failureOf } from './failure.ts'
import { loadShownPage } from './page-boxes.ts'
import { readContents } from './page-contents.ts'

/** Copies pages into a new document, see `graftFrom`. The caller destroys the result. */
export function copyPages(
  source: mupdf.PDFDocument,
  pageIndexes: readonly number[],
  onPage: (pageIndex: number) => void,
): mupdf.PDFDocument {
  const target = new mupdf.PDFDocument()
  try {
    const graft = graftFrom(source, pageIndexes, target)
    try {
      for (const pageIndex of pageIndexes) onPage(graft.addPage(pageIndex))
      graft.finish()
    } finally {
      graft.close()
    }
    dropSideInformation(target)
    return target
  } catch (error) {
    target.destroy()
    throw error
  }
}

/** Adds pages of one source to the end of a document; `addPage` answers the page's index there. */
export type Graft = { addPage(pageIndex: number): number; finish(): void; close(): void }

/**
 * Prepares to copy the pages named. MuPDF's page copy is a list of what is allowed (contents, resources, boxes,
 * Rotate), so the catalog's scripts, actions, attachments, forms, Info and XMP never come along. Visible annotations
 * are first flattened into the contents. `source` is changed and no longer useful. Call `dropSideInformation` at last.
 */
export function graftFrom(
  source: mupdf.PDFDocument,
  pageIndexes: readonly number[],
  target: mupdf.PDFDocument,
): Graft {
  flattenAnnotations(source, pageIndexes)
  let from = source
  let map = target.newGraftMap()
  const close = () => {
    map.destroy()
    if (from !== source) from.destroy()
  }
  /** MuPDF copies no object that names one beyond the end of the index, which every reader takes for null. */
  const graft = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (from !== source || failureOf(error).code !== 'corrupt') throw error
      from = rewrite(source)
      map.destroy()
      map = target.newGraftMap()
      return work()
    }
  }
  return {
    addPage: (pageIndex) => {
      loadShownPage(from, pageIndex).page.destroy()
      keepUsedResources(from, from.findPage(pageIndex))
      graft(() => map.graftPage(-1, from, pageIndex))
      const position = target.countPages() - 1
      const copyGroup = () => {
        const group = from.findPage(pageIndex).get('Group')
        if (!group.isNull()) target.findPage(position).put('Group', map.graftObject(group))
      }
      graft(copyGroup)
      return position
    },
    finish: () => graft(() => addLayers(target, from, map)),
    close,
  }
}

/** Draws what hangs over the pages into their contents. What has no appearance of its own gets one when its page is loaded. */
function flattenAnnotations(source: mupdf.PDFDocument, pageIndexes: readonly number[]): void {
  const isAnnotated = (index: number) => source.findPage(index).get('Annots').length > 0
  const annotated = [...new Set(pageIndexes)].filter(isAnnotated)
  for (const index of annotated) source.loadPage(index).destroy()
  if (annotated.length > 0) source.bake(true, true)
}

/** The same document without what it does not need, and so without references to nothing. */
function rewrite(source: mupdf.PDFDocument): mupdf.PDFDocument {
  const buffer = source.saveToBuffer('garbage,decrypt')
  try {
    return new mupdf.PDFDocument(buffer)
  } finally {
    buffer.destroy()
  }
}

/** Without them, layers that the source hides would show. Those of several sources are hidden side by side. */
function addLayers(target: mupdf.PDFDocument, source: mupdf.PDFDocument, map: mupdf.PDFGraftMap): void {
  const layers = source.getTrailer().get('Root', 'OCProperties')
  if (!layers.isDictionary()) return
  const grafted = map.graftObject(layers)
  const root = target.getTrailer().get('Root')
  const known = root.get('OCProperties')
  if (known.isNull()) return void root.put('OCProperties', grafted)
  for (const path of [['OCGs'], ['D', 'ON'], ['D', 'OFF']] as const) appendArray(known, grafted, path)
}

function appendArray(to: mupdf.PDFObject, from: mupdf.PDFObject, path: readonly string[]): void {
  const added = from.get(...path)
  if (!added.isArray()) return
  const list = to.get(...path)
  if (list.isArray()) added.forEach((value) => void list.push(value))
  else if (path.length === 1) to.put(path[0] ?? '', added)
  else if (to.get('D').isDictionary()) to.get('D').put(path.at(-1) ?? '', added)
  else to.put('D', from.get('D'))
}

/** All page indexes of a document, for a task that names none. */
export function allPageIndexes(document: mupdf.PDFDocument): number[] {
  return Array.from({ length: document.countPages() }, (_, index) => index)
}

/**
 * Serializes with an identity derived from `seed`: no date, no chance, so the same input gives the same bytes.
 * Streams that were compressed already (scans) are written as they are.
 */
export function saveDeterministically(document: mupdf.PDFDocument, seed: string): Uint8Array {
  const digest = createHash('sha256').update(seed).digest().subarray(0, 16)
  const id = document.newArray()
  id.push(document.newByteString(digest))
  id.push(document.newByteString(digest))
  document.getTrailer().put('ID', id)
  // MuPDF names itself in the catalog of each document it creates.
  document.getTrailer().get('Root').delete('Info')
  const buffer = document.saveToBuffer('garbage=compact,compress,regenerate-id=no')
  try {
    return Uint8Array.from(buffer.asUint8Array())
  } finally {
    buffer.destroy()
  }
}

/**
 * Leaves a page only the images and forms that its contents name. Some producers share one resource dictionary
 * between all pages: without this, one pupil's file would carry the pages of all the others, unseen.
 */
function keepUsedResources(source: mupdf.PDFDocument, page: mupdf.PDFObject): void {
  const resources = page.getInheritable('Resources')
  if (!resources.isDictionary()) return
  const kept = copyDictionary(source, resources)
  const objects = resources.get('XObject')
  if (objects.isDictionary()) {
    const used = usedNames(readContents(page), objects, new Set())
    const keptObjects = source.newDictionary()
    objects.forEach((value, key) => {
      if (used.has(String(key))) keptObjects.put(String(key), value)
    })
    kept.put('XObject', keptObjects)
  }
  // Property lists may hold anything; only those that switch layers change what is seen.
  const properties = resources.get('Properties')
  if (properties.isDictionary()) {
    const layers = source.newDictionary()
    properties.forEach((value, key) => {
      const isLayer = value.isDictionary() && ['OCG', 'OCMD'].includes(value.get('Type').asName())
      if (isLayer) layers.put(String(key), value)
    })
    kept.put('Properties', layers)
  }
  page.put('Resources', kept)
}

/** Names that could be drawn: those of the contents, and of forms without resources of their own. */
function usedNames(contents: Uint8Array, objects: mupdf.PDFObject, seen: Set<string>): Set<string> {
  for (const match of Buffer.from(contents)
    .toString('latin1')
    .matchAll(/\/([^\s/<>[\](){}%]+)/g)) {
    const name = (match[1] ?? '').replace(/#([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (seen.has(name)) continue
    const object = objects.get(name)
    if (!object.isStream()) continue
    seen.add(name)
    if (object.get('Subtype').asName() !== 'Form' || object.get('Resources').isDictionary()) continue
    const buffer = object.readStream()
    usedNames(Uint8Array.from(buffer.asUint8Array()), objects, seen)
    buffer.destroy()
  }
  return seen
}

function copyDictionary(document: mupdf.PDFDocument, dictionary: mupdf.PDFObject): mupdf.PDFObject {
  const copy = document.newDictionary()
  dictionary.forEach((value, key) => void copy.put(String(key), value))
  return copy
}

/** What may hang on an image, a form or a font: XMP, private data, attached files, references to other files. */
const sideInformation = [
  'Metadata',
  'PieceInfo',
  'AF',
  'Ref',
  'OPI',
  'Alternates',
  'LastModified',
  'StructParent',
]

/** Takes away what hangs unseen on the streams of a document that was put together. */
export function dropSideInformation(document: mupdf.PDFDocument): void {
  for (let number = 1; number < document.countObjects(); number++) {
    const object = document.newIndirect(number)
    // Only streams: in other dictionaries these words may be the free names of fonts or images.
    if (object.isStream()) for (const key of sideInformation) object.delete(key)
    object.destroy()
  }
}
