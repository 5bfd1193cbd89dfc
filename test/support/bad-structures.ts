import { type BadFile, fails, imports } from './bad-file.ts'
import { A4, CATALOG, imagePage, ONE_PAGE, onePage, PAGE, writePdf } from './raw-pdfs.ts'

/** Files whose objects are not what they should be. */

function pageWithBox(box: string): Buffer {
  return writePdf([CATALOG, ONE_PAGE, PAGE.replace(A4, box)])
}

export const oddTrees: readonly BadFile[] = [
  {
    name: 'a PDF without pages',
    make: () => writePdf([CATALOG, '<< /Type /Pages /Kids [] /Count 0 >>']),
    fate: fails('no-pages'),
  },
  {
    name: 'a page tree that counts pages it does not have',
    make: () => writePdf([CATALOG, ONE_PAGE.replace('/Count 1', '/Count 5'), PAGE]),
    fate: fails('corrupt'),
  },
  {
    name: 'a page tree that counts fewer pages than none',
    make: () => writePdf([CATALOG, ONE_PAGE.replace('/Count 1', '/Count -3'), PAGE]),
    fate: imports(1),
  },
  {
    name: 'a page tree that counts a thousand million pages',
    make: () => writePdf([CATALOG, ONE_PAGE.replace('/Count 1', '/Count 1000000000'), PAGE]),
    fate: fails('corrupt'),
  },
  {
    name: 'a page tree that holds itself',
    make: () => writePdf([CATALOG, '<< /Type /Pages /Kids [2 0 R] /Count 1 >>']),
    fate: fails('corrupt'),
  },
  {
    name: 'two page trees that hold each other',
    make: () =>
      writePdf([
        CATALOG,
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>',
      ]),
    fate: fails('corrupt'),
  },
  {
    name: 'a page tree whose pages are not there',
    make: () => writePdf([CATALOG, '<< /Type /Pages /Kids [7 0 R null (x)] /Count 3 >>']),
    fate: fails('corrupt'),
  },
  {
    name: 'a page tree 3,000 levels deep',
    make: () =>
      writePdf([
        CATALOG,
        ...Array.from(
          { length: 3_000 },
          (_, i) => `<< /Type /Pages /Kids [${i + 3} 0 R] /Count 1 /Parent ${i + 1} 0 R >>`,
        ),
        PAGE,
      ]),
    fate: imports(1),
  },
  {
    name: 'a PDF of 2,501 pages',
    make: () => {
      const kids = Array.from({ length: 2_501 }, (_, page) => `${page + 3} 0 R`).join(' ')
      return writePdf([
        CATALOG,
        `<< /Type /Pages /Kids [${kids}] /Count 2501 >>`,
        ...Array<string>(2_501).fill(PAGE),
      ])
    },
    fate: fails('too-many-pages'),
  },
  {
    name: 'a PDF without a catalog',
    make: () => writePdf(['<< /Type /Nothing >>', '[]'], ''),
    fate: fails('corrupt'),
  },
  { name: 'a PDF whose catalog is a number', make: () => writePdf(['42', '[]']), fate: fails('corrupt') },
]

export const oddBoxes: readonly BadFile[] = [
  {
    name: 'a page of five metres',
    make: () => pageWithBox('[0 0 14400 14400]'),
    fate: fails('page-too-large'),
  },
  {
    name: 'a page of 10³⁰ points',
    make: () => pageWithBox(`[0 0 1${'0'.repeat(30)} 1${'0'.repeat(30)}]`),
    fate: fails('page-too-large'),
  },
  {
    name: 'a page that a unit makes large',
    make: () => onePage('/UserUnit 1000'),
    fate: fails('page-too-large'),
  },
  { name: 'a page whose box is not a number', make: () => pageWithBox('[0 0 NaN NaN]'), fate: imports(1) },
  {
    name: 'a page whose box is made of words',
    make: () => pageWithBox('[/A (b) null true]'),
    fate: imports(1),
  },
  { name: 'a page whose box is upside down', make: () => pageWithBox('[595 842 0 0]'), fate: imports(1) },
  { name: 'a page below zero', make: () => pageWithBox('[-595 -842 0 0]'), fate: imports(1) },
  { name: 'a page of no size', make: () => pageWithBox('[0 0 0 0]'), fate: imports(1) },
]

export const slips: readonly BadFile[] = [
  {
    name: 'an index that lies elsewhere',
    make: () =>
      Buffer.from(
        onePage('')
          .toString('latin1')
          .replace(/startxref\n\d+/, 'startxref\n99999999'),
        'latin1',
      ),
    fate: imports(1),
  },
  {
    name: 'an index that points before itself for ever',
    make: () => {
      const text = onePage('').toString('latin1')
      return Buffer.from(text.replace('/Root', `/Prev ${/startxref\n(\d+)/.exec(text)?.[1]} /Root`), 'latin1')
    },
    fate: imports(1),
  },
  {
    name: 'an index as a stream with columns of a gigabyte',
    make: () =>
      Buffer.from(
        '%PDF-1.7\n1 0 obj\n<< /Type /XRef /Size 2147483647 /W [1000000000 1000000000 1000000000] /Root 1 0 R /Length 5 >>\nstream\nabcde\nendstream\nendobj\nstartxref\n9\n%%EOF',
      ),
    fate: fails('corrupt'),
  },
  {
    name: 'a stream that says it is longer than the file',
    make: () => onePage('/Contents 4 0 R', { dictionary: '/Length 999999', data: '0 0 9 9 re f' }),
    fate: imports(1),
  },
  {
    name: 'a stream that says it is shorter than none',
    make: () => onePage('/Contents 4 0 R', { dictionary: '/Length -12', data: '0 0 9 9 re f' }),
    fate: imports(1),
  },
  {
    name: 'a stream whose length is itself',
    make: () => onePage('/Contents 4 0 R', { dictionary: '/Length 4 0 R', data: '0 0 9 9 re f' }),
    fate: imports(1),
  },
  {
    name: 'an image that is no JPEG',
    make: () =>
      imagePage({
        dictionary: '/Width 100 /Height 100 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode',
        data: 'no JPEG',
      }),
    fate: imports(1),
  },
  {
    name: 'an image that is no JPEG 2000',
    make: () => imagePage({ dictionary: '/Width 100 /Height 100 /Filter /JPXDecode', data: 'no JPX' }),
    fate: imports(1),
  },
]
