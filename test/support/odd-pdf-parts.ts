import { imagePage, onePage, type Source } from './raw-pdfs.ts'

/**
 * What must be seen of the first page: its ink; nothing, and the page says so (`renders-empty`); bare paper (`blank`); or
 * the code with which it, or its document, is refused.
 */
export type Sight = 'ink' | 'renders-empty' | 'blank' | { readonly code: string }

export type OddPdf = { readonly name: string; readonly make: () => Uint8Array; readonly sight: Sight }

export const refused = (code: string): Sight => ({ code })

export const MARK = '0 g 100 300 300 300 re f'
export const FONT = '/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>'
export const WORDS = 'BT /F1 40 Tf 72 500 Td (Exercice 1) Tj ET'

/** One page with contents, resources, and the objects from 5 on. */
export function pageOf(contents: string, resources: string, ...rest: Source[]): Buffer {
  return onePage(`/Contents 4 0 R /Resources << ${resources} >>`, { dictionary: '', data: contents }, ...rest)
}

export const form = (more: string, data: string): Source => ({
  dictionary: `/Type /XObject /Subtype /Form /BBox [0 0 595 842] ${more}`,
  data,
})

/** Half white, half black, for an image of so many pixels. */
export function halves(bytes: number): Buffer {
  return Buffer.concat([Buffer.alloc(bytes >> 1, 255), Buffer.alloc(bytes - (bytes >> 1), 0)])
}

export function image(dictionary: string, data: Uint8Array | string): () => Buffer {
  return () => imagePage({ dictionary, data })
}
