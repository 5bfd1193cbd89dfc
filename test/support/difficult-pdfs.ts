import { FONT, form, halves, image, MARK, pageOf, WORDS } from './odd-pdf-parts.ts'
import { CATALOG, ONE_PAGE, onePage, PAGE, type Source, writePdf } from './raw-pdfs.ts'

/**
 * PDFs that broke something once. Of each page in turn what must become of it: its ink is seen (`ink`), also where its crop
 * box hides it (`uncropped`); nothing is seen, which is told (`renders-empty`) or true (`blank`); or its error code.
 */
export type DifficultPdf = {
  readonly name: string
  readonly make: () => Uint8Array
  readonly pages: readonly string[]
}

const contents: Source = { dictionary: '', data: MARK }
const marked = (more: string, ...rest: Source[]) => onePage(`/Contents 4 0 R ${more}`, contents, ...rest)
const one = (name: string, make: () => Uint8Array, sight: string): DifficultPdf => ({
  name,
  make,
  pages: [sight],
})

/** The mark lies from (100, 300) to (400, 600) on A4. */
const boxed = (name: string, more: string, sight: string) => one(name, () => marked(more), sight)
const onMedia = (name: string, media: string, more: string, data: string) =>
  one(
    name,
    () =>
      writePdf([
        CATALOG,
        ONE_PAGE,
        `<< /Type /Page /Parent 2 0 R /MediaBox ${media} ${more} /Contents 4 0 R >>`,
        { dictionary: '', data },
      ]),
    'ink',
  )

const boxes: readonly DifficultPdf[] = [
  boxed('a crop box beside the page', '/CropBox [2000 2000 3000 3000]', 'ink'),
  boxed('a crop box that only touches the page', '/CropBox [595 0 1190 842]', 'ink'),
  boxed('a crop box of one point', '/CropBox [100 300 101 301]', 'ink'),
  boxed('a crop box a hair wide', '/CropBox [10 10 10.5 800]', 'ink'),
  boxed('a crop box of words', '/CropBox [(a) (b) (c) (d)]', 'ink'),
  boxed('a crop box that is a number', '/CropBox 7', 'ink'),
  boxed('a crop box as large as the world', '/CropBox [-1e30 -1e30 1e30 1e30]', 'ink'),
  boxed('a crop box upside down', '/CropBox [500 700 50 100]', 'ink'),
  boxed('a crop box in inches', '/CropBox [0 0 8.27 11.69]', 'uncropped'),
  boxed('a crop box around bare paper', '/CropBox [0 620 595 842]', 'uncropped'),
  boxed('the same, on its side', '/CropBox [0 620 595 842] /Rotate 90', 'uncropped'),
  boxed('the same, in a large unit', '/CropBox [0 620 595 842] /UserUnit 2', 'uncropped'),
  boxed('a crop box around a part of the ink', '/CropBox [200 400 500 700]', 'ink'),
  boxed('a unit of nothing', '/UserUnit 0', 'ink'),
  boxed('a unit that leaves half a point of the page', '/UserUnit 0.001', 'ink'),
  one(
    'a crop box around bare paper, of a page that is bare',
    () => onePage('/CropBox [0 620 595 842]'),
    'blank',
  ),
  one(
    'a crop box that the page tree gives',
    () => writePdf([CATALOG, ONE_PAGE.replace('>>', '/CropBox [0 620 595 842] >>'), PAGE.replace('>>', '/Contents 4 0 R >>'), contents]), // biome-ignore format: one line
    'uncropped',
  ),
  onMedia('a crop box beside a page that lies below zero', '[-595 -842 0 0]', '/CropBox [0 0 595 842]', '0 g -400 -400 200 200 re f'), // biome-ignore format: one line
  onMedia('a strip of five metres', '[0 0 14400 100]', '', '0 g 0 0 5000 50 re f'),
  onMedia('a page of two points', '[0 0 2 2]', '', '0 g 0 0 1 1 re f'),
]

/** A page tree with these branches, where 3 is a page with a mark and 5 an object of another kind. */
const tree = (
  name: string,
  kids: string,
  count: string,
  pages: readonly string[],
  other: Source = 'null',
) => ({
  name,
  make: () =>
    writePdf([
      CATALOG,
      `<< /Type /Pages /Kids [${kids}] /Count ${count} >>`,
      PAGE.replace('>>', '/Contents 4 0 R >>'),
      contents,
      other,
    ]),
  pages,
})

const trees: readonly DifficultPdf[] = [
  tree('a page that is not there', '99 0 R 3 0 R', '2', ['corrupt', 'ink']),
  tree('a page that is nothing', '3 0 R null', '2', ['ink', 'corrupt']),
  tree('a page that is a number', '7 3 0 R', '2', ['corrupt', 'ink']),
  tree('a page that is contents', '4 0 R 3 0 R', '2', ['corrupt', 'ink']),
  tree('a page that is the catalog', '1 0 R 3 0 R', '2', ['corrupt', 'ink']),
  tree('a page that is some words', '3 0 R 5 0 R 3 0 R', '3', ['ink', 'corrupt', 'ink'], '(not a page)'),
  tree('more pages than are counted', '3 0 R 3 0 R 3 0 R', '1', ['ink', 'ink', 'ink']),
  tree('pages that nobody counted', '3 0 R 3 0 R', 'null', ['ink', 'ink']),
  tree('pages that are counted in words', '3 0 R', '(one)', ['ink']),
  tree('no page, as it says, and one', '3 0 R', '0', ['ink']),
  one(
    'a page in the place of the page tree',
    () => writePdf(['<< /Type /Catalog /Pages 3 0 R >>', ONE_PAGE, PAGE.replace('>>', '/Contents 4 0 R >>'), contents]), // biome-ignore format: one line
    'ink',
  ),
  one(
    'objects that never end, before an index',
    () => Buffer.from(marked('').toString('latin1').replaceAll('\nendobj', ''), 'latin1'),
    'ink',
  ),
]

/** What an object names beyond the end of the index is null. MuPDF copied no such page. */
const dangling: readonly DifficultPdf[] = [
  boxed('a turn that is not there', '/Rotate 99 0 R', 'ink'),
  one('contents of which a part is not there', () => onePage('/Contents [99 0 R 4 0 R]', contents), 'ink'),
  one('contents that are not there', () => onePage('/Contents 99 0 R'), 'renders-empty'),
  one(
    'a coding whose parameters are not there',
    () => onePage('/Contents 4 0 R', { dictionary: '/DecodeParms 99 0 R', data: MARK }),
    'ink',
  ),
  one(
    'a length that is not there',
    () => onePage('/Contents 4 0 R', { dictionary: '/Length 99 0 R', data: MARK }),
    'ink',
  ),
  boxed('a group whose colours are not there', '/Group << /S /Transparency /CS 99 0 R >>', 'ink'),
  one(
    'a mask that is not there',
    image('/Width 9 /Height 9 /BitsPerComponent 8 /ColorSpace /DeviceGray /SMask 99 0 R', halves(81)),
    'ink',
  ),
  one('a font that is null', () => pageOf(MARK, '/Font << /F1 null >>'), 'ink'),
  one('a layer that is null', () => pageOf(MARK, '/Properties << /L null >>'), 'ink'),
]

const note = (name: string, more: string, sight: string, ...rest: Source[]) =>
  one(
    name,
    () =>
      onePage(
        `/Annots [<< /Type /Annot /Rect [100 300 400 600] ${more} >>]`,
        form('', MARK),
        form('', ''),
        ...rest,
      ),
    sight,
  )

/** Those without an appearance of their own were seen at import, and were missing in the copy that is given back. */
const notes: readonly DifficultPdf[] = [
  note('writing of a pen on a screen', '/Subtype /Ink /InkList [[100 300 400 600 200 500]] /C [0 0 0] /BS << /W 5 >> /F 4', 'ink'), // biome-ignore format: one line
  note('words typed on the page', '/Subtype /FreeText /DA (/Helv 30 Tf 0 g) /Contents (Exercice 1) /F 4', 'ink'), // biome-ignore format: one line
  note('a square', '/Subtype /Square /C [1 0 0] /IC [0 0 1] /F 4', 'ink'),
  note('a line', '/Subtype /Line /L [100 300 400 600] /C [0 0 0] /F 4', 'ink'),
  note('a polygon', '/Subtype /Polygon /Vertices [100 300 400 300 200 600] /C [0 0 0] /F 4', 'ink'),
  note('a marker’s yellow', '/Subtype /Highlight /QuadPoints [100 600 400 600 100 300 400 300] /C [1 1 0] /F 4', 'ink'), // biome-ignore format: one line
  note('a stamp', '/Subtype /Stamp /Name /Approved /F 4', 'ink'),
  note('a stamp for paper only', '/Subtype /Stamp /AP << /N 4 0 R >> /F 36', 'renders-empty'),
  note('a box that may be ticked and does not say', '/Subtype /Widget /FT /Btn /T (a) /V /Yes /AP << /N << /Yes 4 0 R >> >> /F 4', 'renders-empty'), // biome-ignore format: one line
  note('a link', '/Subtype /Link /Border [0 0 5]', 'blank'),
  one(
    'words with resources that the page tree gives, and a note',
    () =>
      writePdf([
        CATALOG,
        ONE_PAGE.replace('>>', `/Resources << ${FONT} >> >>`),
        PAGE.replace('>>', '/Contents 4 0 R /Annots [null 99 0 R 7 (x)] >>'),
        { dictionary: '', data: WORDS },
      ]),
    'ink',
  ),
]

/** A page of 800 by 1,100 dots, and a region of it that should take 1,024 bytes. */
const jbig2 = Buffer.from(
  '0000000030000100000013000003200000044c00000000000000000000000000000126000100000400',
  'hex',
)
const scanned = (name: string, data: Uint8Array, sight: string) =>
  one(
    name,
    image('/Width 800 /Height 1100 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode', data),
    sight,
  )

/** The decoder waits for the rest, and shows white paper. */
const scans: readonly DifficultPdf[] = [
  scanned(
    'a scan that breaks off within a region',
    Buffer.concat([jbig2, Buffer.alloc(300)]),
    'renders-empty',
  ),
  scanned('a scan that breaks off between two words of a header', jbig2.subarray(0, -3), 'renders-empty'),
  scanned(
    'a bare scan behind which a line ends',
    Buffer.concat([jbig2.subarray(0, 30), Buffer.from('\r\n')]),
    'blank',
  ),
  scanned('a scan of which there is a page and nothing on it', jbig2.subarray(0, 30), 'blank'),
]

export const difficultPdfs: readonly DifficultPdf[] = [...boxes, ...trees, ...dangling, ...notes, ...scans]
