import * as mupdf from 'mupdf'

/**
 * Whether the engine complained. MuPDF does not repeat a warning that is the same as its last one, not even for another
 * document: of two pages with the same damage the second would seem sound. Errors are always told, and let it forget.
 */
let heard = 0
let mayHoldBack = false
mupdf.setLog({
  error: () => {
    heard += 1
  },
  warning: () => {
    heard += 1
    mayHoldBack = true
  },
})

/** Does work and tells whether the engine complained meanwhile. */
export function listenTo<T>(work: () => T): { readonly result: T; readonly hasComplained: boolean } {
  if (mayHoldBack) provokeAnError()
  const before = heard
  const result = work()
  return { result, hasComplained: heard > before }
}

let nonsense: mupdf.PDFPage | undefined

function provokeAnError(): void {
  nonsense ??= makeNonsense()
  nonsense.toPixmap(mupdf.Matrix.identity, mupdf.ColorSpace.DeviceGray).destroy()
  mayHoldBack = false
}

/** A page of one point whose contents are no operator. */
function makeNonsense(): mupdf.PDFPage {
  const document = new mupdf.PDFDocument()
  document.insertPage(-1, document.addPage([0, 0, 1, 1], 0, {}, 'nonsense'))
  return document.loadPage(0)
}
