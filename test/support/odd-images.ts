import { deflateSync } from 'node:zlib'
import { halves, image, MARK, type OddPdf, pageOf, refused } from './odd-pdf-parts.ts'
import { CATALOG, ONE_PAGE, onePage, PAGE, writePdf } from './raw-pdfs.ts'

/** Images that are not what they say. */
export const oddImages: readonly OddPdf[] = [
  {
    name: 'JBIG2 whose globals are noise',
    make: () =>
      onePage(
        '/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>',
        { dictionary: '', data: 'q 595 0 0 842 0 0 cm /X Do Q' },
        {
          dictionary:
            '/Type /XObject /Subtype /Image /Width 800 /Height 1100 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode /DecodeParms << /JBIG2Globals 6 0 R >>',
          data: Buffer.concat([
            Buffer.from('0000000030000100000013000003200000044c0000000000000000010000', 'hex'),
            Buffer.alloc(3_000, 0x5a),
          ]),
        },
        { dictionary: '', data: Buffer.alloc(500, 0x5a) },
      ),
    sight: 'renders-empty',
  },
  {
    name: 'a fax of another kind than it says',
    make: image(
      '/Width 800 /Height 1100 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K 4 /Columns 800 /Rows 1100 >>',
      Buffer.alloc(5_000, 0x35),
    ),
    sight: 'renders-empty',
  },
  {
    name: 'a fax of two thousand million columns',
    make: image(
      '/Width 800 /Height 1100 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 2147483647 /Rows 1100 >>',
      Buffer.alloc(5_000, 0x35),
    ),
    sight: refused('corrupt'),
  },
  {
    name: 'a palette shorter than its colours',
    make: image(
      '/Width 100 /Height 100 /ColorSpace [/Indexed /DeviceRGB 255 <000000ffffff>] /BitsPerComponent 8',
      Buffer.concat([Buffer.alloc(5_000, 1), Buffer.alloc(2_500, 0), Buffer.alloc(2_500, 77)]),
    ),
    sight: 'ink',
  },
  {
    name: 'a separation whose colours are a program without an end of brackets',
    make: () =>
      pageOf(
        '/C cs 1 scn 100 300 300 300 re f',
        '/ColorSpace << /C [/Separation /Ink /DeviceGray 5 0 R] >>',
        { dictionary: '/FunctionType 4 /Domain [0 1] /Range [0 1]', data: '{'.repeat(50_000) },
      ),
    sight: 'renders-empty',
  },
  {
    name: 'an image of 32 inks',
    make: image(
      `/Width 20 /Height 20 /BitsPerComponent 8 /ColorSpace [/DeviceN [${Array.from({ length: 32 }, (_, i) => `/I${i}`).join(' ')}] /DeviceGray << /FunctionType 2 /Domain [0 1] /N 1 /C0 [1] /C1 [0] >>]`,
      halves(20 * 20 * 32),
    ),
    sight: 'ink',
  },
  {
    name: 'sixteen bits a colour',
    make: image('/Width 60 /Height 80 /ColorSpace /DeviceRGB /BitsPerComponent 16', halves(60 * 80 * 6)),
    sight: 'ink',
  },
  {
    name: 'seven bits a colour',
    make: image('/Width 60 /Height 80 /ColorSpace /DeviceGray /BitsPerComponent 7', halves(60 * 80)),
    sight: refused('corrupt'),
  },
  {
    name: 'a predictor of two thousand million colours',
    make: image(
      '/Width 60 /Height 80 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 2147483647 /Columns 2147483647 /BitsPerComponent 16 >>',
      deflateSync(halves(60 * 80)),
    ),
    sight: refused('corrupt'),
  },
  {
    name: 'an image deflated a hundred times over, as it says',
    make: image(
      `/Width 60 /Height 80 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter [${'/FlateDecode '.repeat(100)}]`,
      deflateSync(halves(60 * 80)),
    ),
    sight: refused('out-of-memory'),
  },
  {
    name: 'a coding that nobody knows',
    make: image(
      '/Width 60 /Height 80 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /NobodyDecode',
      halves(60 * 80),
    ),
    sight: 'ink',
  },
  {
    name: 'JPEG 2000 that breaks off behind its header',
    make: image(
      '/Width 100 /Height 100 /Filter /JPXDecode',
      Buffer.from(
        '0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a703268000000166968647200000064000000640001070700000000000f636f6c720100000000001100000000006a703263ff4fff51',
        'hex',
      ),
    ),
    sight: 'renders-empty',
  },
  {
    name: 'an image that is not there',
    make: () => pageOf('q 595 0 0 842 0 0 cm /X Do Q', '/XObject << /X 99 0 R >>'),
    sight: 'renders-empty',
  },
  {
    name: 'an image of a row of 4 million pixels',
    make: image('/Width 4000000 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 1', halves(500_000)),
    sight: 'ink',
  },
  {
    name: 'a black-and-white image of 12,000 pixels each way',
    make: image(
      '/Width 12000 /Height 12000 /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode',
      deflateSync(halves(18_000_000)),
    ),
    sight: 'ink',
  },
  {
    name: 'an image within the contents, of 8 MB',
    make: () =>
      onePage('/Contents 4 0 R', {
        dictionary: '/Filter /FlateDecode',
        data: deflateSync(
          Buffer.concat([
            Buffer.from('q 595 0 0 842 0 0 cm BI /W 2000 /H 4000 /CS /G /BPC 8 ID '),
            halves(8_000_000),
            Buffer.from(' EI Q'),
          ]),
        ),
      }),
    sight: 'ink',
  },
  {
    name: 'an image within the contents that never ends',
    make: () => pageOf(`${MARK} BI /W 99999 /H 99999 /CS /RGB /BPC 8 ID ${'x'.repeat(10_000)}`, ''),
    sight: 'ink',
  },
]

/** Drawings that are hard to draw. */
export const oddDrawings: readonly OddPdf[] = [
  {
    name: 'a line of dashes a hundred-thousandth long',
    make: () => pageOf('[0.00001 0.00001] 0 d 3 w 0 400 m 595 400 l S', ''),
    sight: 'ink',
  },
  {
    name: 'a line that is wider than the world, between places beyond it',
    make: () => pageOf(`1e30 w -1e38 -1e38 m 1e38 1e38 l S ${MARK}`, ''),
    sight: 'ink',
  },
  {
    name: 'a matrix without an area',
    make: () => pageOf(`0 0 0 0 0 0 cm ${MARK}`, ''),
    sight: 'renders-empty',
  },
  {
    name: 'a map of characters of 30 MB',
    make: () => {
      const row = '<0000> <ffff> 0\n'
      const map = `/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange ${`100 begincidrange\n${row.repeat(100)}endcidrange\n`.repeat(18_000)} endcmap`
      return pageOf(
        'BT /F 40 Tf 72 500 Td <00410042> Tj ET',
        '/Font << /F << /Type /Font /Subtype /Type0 /BaseFont /Helvetica /Encoding 5 0 R /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Helvetica /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>] >> >>',
        {
          dictionary: '/Type /CMap /CMapName /Big /Filter /FlateDecode',
          data: deflateSync(Buffer.from(map)),
        },
      )
    },
    sight: 'ink',
  },
  {
    name: 'a font that is noise',
    make: () =>
      pageOf(
        'BT /F 40 Tf 72 500 Td (Exercice 1) Tj ET',
        '/Font << /F << /Type /Font /Subtype /TrueType /BaseFont /Nobody /FirstChar 0 /LastChar 255 /FontDescriptor << /Type /FontDescriptor /FontName /Nobody /Flags 32 /FontFile2 5 0 R >> >> >>',
        { dictionary: '', data: Buffer.alloc(20_000, 0x7b) },
      ),
    sight: 'ink',
  },
  {
    name: 'a font that is not there',
    make: () => pageOf('BT /F 40 Tf 72 500 Td (Exercice 1) Tj ET', ''),
    sight: 'ink',
  },
  {
    name: 'a shading of a million triangles of noise',
    make: () =>
      pageOf('/S sh', '/Shading << /S 5 0 R >>', {
        dictionary:
          '/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 595 0 842 0 1 0 1 0 1] /Filter /FlateDecode',
        data: deflateSync(
          Buffer.from(
            Uint8Array.from({ length: 6_000_000 }, (_, i) => (i % 6 === 0 ? 0 : (i * 2_654_435_761) >>> 24)),
          ),
        ),
      }),
    sight: refused('timeout'),
  },
  {
    name: 'contents in 3,000 parts',
    make: () => {
      const parts = ['0 g', '100 300 300 300', 're', 'f', ...Array<string>(3_000).fill(' ')]
      const references = parts.map((_, index) => `${index + 4} 0 R`).join(' ')
      return writePdf([
        CATALOG,
        ONE_PAGE,
        PAGE.replace('>>', `/Contents [${references}] >>`),
        ...parts.map((data) => ({ dictionary: '', data })),
      ])
    },
    sight: 'ink',
  },
]
