import { createHash } from 'node:crypto'
import * as mupdf from 'mupdf'
import { readContents } from './page-contents.ts'

/**
 * Copies pages into a new document. MuPDF's page copy is a list of what is allowed (contents, resources, boxes,
 * Rotate), so the catalog's scripts, actions, attachments, forms, Info and XMP never come along. Visible annotations
 * are first flattened into the contents. The caller destroys the result; `source` is changed and no longer useful.
 */
export function copyPages(
  source: mupdf.PDFDocument,
  pageIndexes: readonly number[],
  onPage: (pageIndex: number) => void,
): mupdf.PDFDocument {
  const target = new mupdf.PDFDocument()
  const map = target.newGraftMap()
  try {
    const hasAnnotations = pageIndexes.some((index) => source.findPage(index).get('Annots').length > 0)
    if (hasAnnotations) source.bake(true, true)
    for (const [position, pageIndex] of pageIndexes.entries()) {
      const page = source.findPage(pageIndex)
      keepUsedResources(source, page)
      map.graftPage(-1, source, pageIndex)
      const group = page.get('Group')
      if (!group.isNull()) target.findPage(position).put('Group', map.graftObject(group))
      onPage(position)
    }
    // Without it, layers that the source hides would show.
    const layers = source.getTrailer().get('Root', 'OCProperties')
    if (!layers.isNull()) target.getTrailer().get('Root').put('OCProperties', map.graftObject(layers))
    dropSideInformation(target)
    return target
  } catch (error) {
    target.destroy()
    throw error
  } finally {
    map.destroy()
  }
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
      if (['OCG', 'OCMD'].includes(value.get('Type').asName())) layers.put(String(key), value)
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

function dropSideInformation(document: mupdf.PDFDocument): void {
  for (let number = 1; number < document.countObjects(); number++) {
    const object = document.newIndirect(number)
    // Only streams: in other dictionaries these words may be the free names of fonts or images.
    if (object.isStream()) for (const key of sideInformation) object.delete(key)
    object.destroy()
  }
}
