import { oddDrawings, oddImages } from './odd-images.ts'
import { FONT, form, halves, MARK, type OddPdf, pageOf, refused, WORDS } from './odd-pdf-parts.ts'
import { makePdf, textPage } from './pdfs.ts'
import { CATALOG, ONE_PAGE, onePage, PAGE, writePdf } from './raw-pdfs.ts'

const compressed = () => makePdf([textPage('Exercice 1')], undefined, 'objstms=yes,compress')

/** Turns bits over in the last stream of a file: its index. */
function withDamagedIndex(pdf: Uint8Array): Buffer {
  const bytes = Buffer.from(pdf)
  const start = bytes.indexOf('stream', bytes.lastIndexOf('/XRef')) + 8
  for (let at = start; at < start + 12; at++) bytes[at] = ~(bytes[at] ?? 0) & 0xff
  return bytes
}

/** Appends a new version of some objects, with an index whose `/Prev` is as told. */
function updated(pdf: Buffer, objects: Readonly<Record<number, string>>, prev?: number): Buffer {
  const before = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf.toString('latin1'))?.[1])
  let text = ''
  const rows = Object.entries(objects).map(([number, body]) => {
    const offset = pdf.length + text.length
    text += `${number} 0 obj\n${body}\nendobj\n`
    return `${number} 1\n${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const start = pdf.length + text.length
  const trailer = `trailer\n<< /Size 20 /Root 1 0 R /Prev ${prev ?? before} >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.concat([pdf, Buffer.from(`${text}xref\n${rows.join('')}${trailer}`, 'latin1')])
}

const files: readonly OddPdf[] = [
  { name: 'objects in streams, an index that is a stream', make: compressed, sight: 'ink' },
  { name: 'an index stream with bits turned over', make: () => withDamagedIndex(compressed()), sight: 'ink' },
  {
    name: 'a linearized file that was cut and glued: its first page lies nowhere',
    make: () =>
      writePdf([
        CATALOG,
        ONE_PAGE,
        PAGE.replace('>>', '/Contents 4 0 R >>'),
        { dictionary: '', data: MARK },
        '<< /Linearized 1 /L 999999 /H [77 9999] /O 42 /E 888888 /N 7 /T 777777 >>',
      ]),
    sight: 'ink',
  },
  {
    name: 'two indexes that contradict each other',
    make: () =>
      writePdf(
        [
          CATALOG,
          ONE_PAGE,
          PAGE.replace('>>', '/Contents 4 0 R >>'),
          { dictionary: '', data: MARK },
          { dictionary: '/Type /XRef /Size 5 /W [1 2 1] /Root 3 0 R', data: Buffer.alloc(20, 1) },
        ],
        '/Root 1 0 R /XRefStm 300',
      ),
    sight: 'ink',
  },
  {
    name: 'a page that a later version of the file takes away',
    make: () => updated(pageOf(MARK, ''), { 2: '<< /Type /Pages /Kids [] /Count 0 >>' }),
    sight: refused('no-pages'),
  },
  {
    name: 'a later version whose earlier index lies beyond the end',
    make: () => updated(pageOf(MARK, ''), { 4: '<< /Length 0 >>\nstream\n\nendstream' }, 99_999_999),
    sight: 'blank',
  },
  {
    name: 'names and page labels that hold themselves',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /PageLabels 5 0 R /Names << /Dests 5 0 R >> /Outlines 6 0 R >>',
        ONE_PAGE,
        PAGE.replace('>>', '/Contents 4 0 R >>'),
        { dictionary: '', data: MARK },
        '<< /Kids [5 0 R 5 0 R] >>',
        '<< /First 6 0 R /Next 6 0 R /Last 6 0 R /Parent 6 0 R >>',
      ]),
    sight: 'ink',
  },
  {
    name: 'a page that is its own parent',
    make: () =>
      writePdf([
        CATALOG,
        ONE_PAGE,
        '<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>',
        { dictionary: '', data: MARK },
      ]),
    sight: 'ink',
  },
  {
    name: 'a form for a program of its own (XFA), with a page that says to wait',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /AcroForm << /XFA [(template) 5 0 R] /Fields [] >> >>',
        ONE_PAGE,
        PAGE.replace('>>', `/Contents 4 0 R /Resources << ${FONT} >> >>`),
        { dictionary: '', data: WORDS },
        { dictionary: '', data: '<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"/>' },
      ]),
    sight: 'ink',
  },
]

const boxes: readonly OddPdf[] = [
  {
    name: 'a crop box beside the page',
    make: () => onePage('/CropBox [2000 2000 3000 3000] /Contents 4 0 R', { dictionary: '', data: MARK }),
    sight: 'ink',
  },
  {
    name: 'a crop box without an area',
    make: () => onePage('/CropBox [100 100 100 100] /Contents 4 0 R', { dictionary: '', data: MARK }),
    sight: 'ink',
  },
  {
    name: 'a unit below zero',
    make: () => onePage('/UserUnit -3 /Contents 4 0 R', { dictionary: '', data: MARK }),
    sight: 'ink',
  },
  {
    name: 'a turn by 45 degrees',
    make: () => onePage('/Rotate 45 /Contents 4 0 R', { dictionary: '', data: MARK }),
    sight: 'ink',
  },
  {
    name: 'a turn by more degrees than a number holds',
    make: () => onePage('/Rotate 99999999999999 /Contents 4 0 R', { dictionary: '', data: MARK }),
    sight: 'ink',
  },
  {
    name: 'a page a hair wide and two metres high',
    make: () => writePdf([CATALOG, ONE_PAGE, PAGE.replace('[0 0 595 842]', '[0 0 0.01 5000]')]),
    sight: 'blank',
  },
]

const recursions: readonly OddPdf[] = [
  {
    name: 'a letter that is drawn with itself',
    make: () =>
      pageOf(
        'BT /T 40 Tf 72 500 Td (aaa) Tj ET',
        '/Font << /T 5 0 R >>',
        '<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /CharProcs << /a 6 0 R >> /Encoding << /Differences [97 /a] >> /FirstChar 97 /LastChar 97 /Widths [1] /Resources << /Font << /T 5 0 R >> >> >>',
        { dictionary: '', data: '1 0 d0 0 0 1 1 re f BT /T 1 Tf (aa) Tj ET' },
      ),
    sight: 'ink',
  },
  {
    name: 'a mask that is masked by itself',
    make: () =>
      pageOf(
        `/G gs ${MARK}`,
        '/ExtGState << /G 5 0 R >>',
        '<< /SMask << /S /Luminosity /G 6 0 R >> >>',
        form(
          '/Group << /S /Transparency /CS /DeviceGray >> /Resources << /ExtGState << /G 5 0 R >> >>',
          `/G gs ${MARK}`,
        ),
      ),
    sight: 'renders-empty',
  },
  {
    name: 'an image whose mask is the image',
    make: () =>
      pageOf('q 595 0 0 842 0 0 cm /X Do Q', '/XObject << /X 5 0 R >>', {
        dictionary:
          '/Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8 /SMask 5 0 R',
        data: halves(100),
      }),
    sight: 'renders-empty',
  },
  {
    name: 'a pattern in a form in that pattern',
    make: () =>
      pageOf(
        '/Pattern cs /P scn 0 0 595 842 re f',
        '/Pattern << /P 5 0 R >>',
        {
          dictionary:
            '/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 50 50] /XStep 50 /YStep 50 /Resources << /XObject << /X 6 0 R >> >>',
          data: '/X Do',
        },
        form('/Resources << /Pattern << /P 5 0 R >> >>', '/Pattern cs /P scn 0 0 50 50 re f'),
      ),
    sight: 'renders-empty',
  },
  {
    name: 'a pattern of a million tiles',
    make: () =>
      pageOf('/Pattern cs /P scn 0 0 595 842 re f', '/Pattern << /P 5 0 R >>', {
        dictionary:
          '/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 0.0005 /YStep 0.0005 /Resources << >>',
        data: '0 0 5 5 re f',
      }),
    sight: refused('timeout'),
  },
  {
    name: 'colours that are looked up in themselves',
    make: () =>
      pageOf(
        '/C cs 0 scn 100 300 300 300 re f',
        '/ColorSpace << /C 5 0 R >>',
        '[/Indexed 5 0 R 1 <000000ffffff>]',
      ),
    sight: 'ink',
  },
  {
    name: 'a colour profile that is its own alternative',
    make: () =>
      pageOf('/C cs 0 0 0 scn 100 300 300 300 re f', '/ColorSpace << /C [/ICCBased 5 0 R] >>', {
        dictionary: '/N 3 /Alternate [/ICCBased 5 0 R]',
        data: 'no profile',
      }),
    sight: 'ink',
  },
  {
    name: 'a function made of itself',
    make: () =>
      pageOf(
        '/S sh',
        '/Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 595 842] /Function 5 0 R >> >>',
        '<< /FunctionType 3 /Domain [0 1] /Functions [5 0 R 5 0 R] /Bounds [0.5] /Encode [0 1 0 1] >>',
      ),
    sight: 'renders-empty',
  },
  {
    name: 'contents that are a list of themselves',
    make: () => onePage('/Contents 4 0 R', '[4 0 R 4 0 R 5 0 R]', { dictionary: '', data: MARK }),
    sight: 'ink',
  },
  {
    name: 'transparent groups, 12 deep',
    make: () => {
      const small = (more: string, data: string) => ({
        dictionary: `/Type /XObject /Subtype /Form /BBox [100 300 120 320] ${more}`,
        data,
      })
      const group = '/Group << /S /Transparency /I true >>'
      const forms = Array.from({ length: 12 }, (_, index) =>
        small(`${group} /Resources << /XObject << /X ${index + 6} 0 R >> >>`, '/X Do'),
      )
      return pageOf('/X Do', '/XObject << /X 5 0 R >>', ...forms, form('', MARK))
    },
    sight: 'ink',
  },
]

const hidden: readonly OddPdf[] = [
  {
    name: 'words on a layer that is switched off',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] /Order [] >> >> >>',
        ONE_PAGE,
        PAGE.replace('>>', `/Contents 4 0 R /Resources << ${FONT} /Properties << /L 5 0 R >> >> >>`),
        { dictionary: '', data: `/OC /L BDC ${WORDS} EMC` },
        '<< /Type /OCG /Name (Layer) >>',
      ]),
    sight: 'renders-empty',
  },
  {
    name: 'a form on a layer that is switched off',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] /Order [] >> >> >>',
        ONE_PAGE,
        PAGE.replace('>>', '/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>'),
        { dictionary: '', data: '/X Do' },
        form(`/OC 6 0 R /Resources << ${FONT} >>`, WORDS),
        '<< /Type /OCG /Name (Layer) >>',
      ]),
    sight: 'renders-empty',
  },
  {
    name: 'ink that is all in an annotation',
    make: () =>
      onePage(
        '/Annots [<< /Type /Annot /Subtype /Stamp /Rect [100 300 400 600] /F 4 /AP << /N 4 0 R >> >>]',
        form('', MARK),
      ),
    sight: 'ink',
  },
  {
    name: 'ink that is all in a field of a form',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /NeedAppearances true /DA (/Helv 0 Tf) >> >>',
        ONE_PAGE,
        PAGE.replace('>>', '/Annots [4 0 R] >>'),
        '<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (Exercice 1) /DA (/Helv 40 Tf 0 g) /Rect [72 500 500 560] /F 4 >>',
      ]),
    sight: 'ink',
  },
  {
    name: 'an annotation that is hidden, and nothing else',
    make: () =>
      onePage(
        '/Annots [<< /Type /Annot /Subtype /Stamp /Rect [100 300 400 600] /F 2 /AP << /N 4 0 R >> >>]',
        form('', MARK),
      ),
    sight: 'blank',
  },
  {
    name: 'words that are all transparent',
    make: () => pageOf(`/G gs ${WORDS}`, `${FONT} /ExtGState << /G << /ca 0 /CA 0 >> >>`),
    sight: 'renders-empty',
  },
  {
    name: 'words beside the page',
    make: () => pageOf('BT /F1 40 Tf 5000 5000 Td (Exercice 1) Tj ET', FONT),
    sight: 'renders-empty',
  },
  {
    name: 'white words in a form',
    make: () => pageOf('/X Do', '/XObject << /X 5 0 R >>', form(`/Resources << ${FONT} >>`, `1 g ${WORDS}`)),
    sight: 'renders-empty',
  },
]

/** PDFs that are odd inside, of the kinds that public collections hold. */
export const oddPdfs: readonly OddPdf[] = [
  ...files,
  ...boxes,
  ...recursions,
  ...hidden,
  ...oddImages,
  ...oddDrawings,
]
