export const A4 = '[0 0 595 842]'
export const PAGE = `<< /Type /Page /Parent 2 0 R /MediaBox ${A4} >>`

export type Source = string | { readonly dictionary: string; readonly data: Uint8Array | string }

/** A PDF written by hand: the objects from 1 on, where 1 is the catalog and 2 the page tree. */
export function writePdf(objects: readonly Source[], trailer = '/Root 1 0 R'): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')]
  const offsets: number[] = []
  let length = parts[0]?.length ?? 0
  const add = (part: Buffer) => {
    parts.push(part)
    length += part.length
  }
  for (const [index, object] of objects.entries()) {
    offsets.push(length)
    add(Buffer.from(`${index + 1} 0 obj\n`))
    if (typeof object === 'string') add(Buffer.from(object, 'latin1'))
    else {
      const data = typeof object.data === 'string' ? Buffer.from(object.data, 'latin1') : object.data
      const hasLength = /\/Length /.test(object.dictionary)
      add(Buffer.from(`<< ${object.dictionary} ${hasLength ? '' : `/Length ${data.length}`} >>\nstream\n`))
      add(Buffer.from(data))
      add(Buffer.from('\nendstream'))
    }
    add(Buffer.from('\nendobj\n'))
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${length}\n%%EOF\n`,
    ),
  )
  return Buffer.concat(parts)
}

export const CATALOG = '<< /Type /Catalog /Pages 2 0 R >>'
export const ONE_PAGE = '<< /Type /Pages /Kids [3 0 R] /Count 1 >>'

/** One page whose dictionary gets `more`, and the objects from 4 on. */
export function onePage(more: string, ...rest: Source[]): Buffer {
  return writePdf([CATALOG, ONE_PAGE, PAGE.replace('>>', `${more} >>`), ...rest])
}

/** One page that shows one image. */
export function imagePage(image: { dictionary: string; data: Uint8Array | string }): Buffer {
  return onePage(
    '/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>',
    { dictionary: '', data: 'q 595 0 0 842 0 0 cm /X Do Q' },
    { ...image, dictionary: `/Type /XObject /Subtype /Image ${image.dictionary}` },
  )
}
