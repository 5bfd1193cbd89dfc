import { deflateSync } from 'node:zlib'
import { MEBIBYTE } from '../../src/platform/units.ts'
import { type BadFile, type Fate, fails, imports, notAPdf } from './bad-file.ts'
import { oddBoxes, oddTrees, slips } from './bad-structures.ts'
import { makeEndlessPdf, makePdf, textPage } from './pdfs.ts'
import { A4, CATALOG, imagePage, ONE_PAGE, onePage, PAGE, writePdf } from './raw-pdfs.ts'
import { makeScan } from './scans.ts'

function withPassword(options: string): Uint8Array {
  return makePdf([textPage('secret')], undefined, `encrypt=aes-256,${options}`)
}

async function cutScan(cut: (scan: Buffer) => Uint8Array): Promise<Uint8Array> {
  return cut(Buffer.from(await makeScan()))
}

function truncated(share: number, fate: Fate): BadFile {
  return {
    name: `a scan that ends after ${share} % of its bytes`,
    make: () => cutScan((scan) => scan.subarray(0, Math.floor((scan.length * share) / 100))),
    fate,
  }
}

/** Turns over every bit of some bytes from a place in the file on. */
function flipped(name: string, find: (scan: Buffer) => number, count: number, fate: Fate): BadFile {
  const flip = (scan: Buffer) => {
    const place = find(scan)
    for (let at = place; at < Math.min(place + count, scan.length); at++) scan[at] = ~(scan[at] ?? 0) & 0xff
    return scan
  }
  return { name: `a scan with ${count} bytes flipped in ${name}`, make: () => cutScan(flip), fate }
}

/** Spaces for a decompressor, `depth` times over. */
function bomb(bytes: number, depth = 1): Buffer {
  let data: Buffer = Buffer.alloc(bytes, 32)
  for (let turn = 0; turn < depth; turn++) data = deflateSync(data, { level: 9 })
  return data
}

const notPdfs: readonly BadFile[] = [
  { name: 'a file of 0 bytes', make: () => Buffer.alloc(0), fate: notAPdf },
  { name: 'a line of text', make: () => Buffer.from('Bonjour'), fate: notAPdf },
  {
    name: 'a Word document',
    make: () => Buffer.from(`PK\u0003\u0004${'\0'.repeat(22)}word/document.xml`),
    fate: notAPdf,
  },
  { name: 'an empty zip', make: () => Buffer.from(`PK\u0005\u0006${'\0'.repeat(18)}`), fate: notAPdf },
  {
    name: 'a PNG picture',
    make: () => Buffer.from('\x89PNG\r\n\x1a\n'.padEnd(3_000, '\0'), 'latin1'),
    fate: notAPdf,
  },
  { name: 'a JPEG picture', make: () => Buffer.from('ÿØÿàJFIF'.padEnd(3_000, 'x'), 'latin1'), fate: notAPdf },
  {
    name: 'the page of a sign-in that was saved as a PDF',
    make: () => Buffer.from('<!doctype html><title>Sign in</title>'),
    fate: notAPdf,
  },
  {
    name: 'a PDF in UTF-16',
    make: () => Buffer.from(writePdf([CATALOG, ONE_PAGE, PAGE]).toString('latin1'), 'utf16le'),
    fate: notAPdf,
  },
  {
    name: 'a PDF behind a kilobyte of something else',
    make: () => Buffer.concat([Buffer.alloc(1_024, 32), writePdf([CATALOG, ONE_PAGE, PAGE])]),
    fate: notAPdf,
  },
  { name: 'four letters of a header', make: () => Buffer.from('%PDF'), fate: notAPdf },
]

const torn: readonly BadFile[] = [
  { name: 'only a header', make: () => Buffer.from('%PDF-1.7\n'), fate: fails('corrupt') },
  {
    name: 'a header and noise',
    make: () => Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(50_000, 0xa7)]),
    fate: fails('corrupt'),
  },
  truncated(0.02, fails('corrupt')),
  truncated(1, fails('corrupt')),
  truncated(5, fails('corrupt')),
  truncated(10, fails('corrupt')),
  truncated(25, fails('corrupt')),
  truncated(50, fails('corrupt')),
  truncated(75, fails('corrupt')),
  truncated(90, fails('corrupt')),
  truncated(99, fails('corrupt')),
  truncated(99.9, fails('corrupt')),
  {
    name: 'a scan without its last six bytes',
    make: () => cutScan((scan) => scan.subarray(0, -6)),
    fate: imports(2),
  },
  flipped('its version', (scan) => scan.indexOf('%PDF-') + 5, 3, imports(2)),
  flipped('the name of its catalog', (scan) => scan.indexOf('/Catalog'), 8, fails('corrupt')),
  flipped('its page tree', (scan) => scan.indexOf('/Kids'), 5, fails('corrupt')),
  flipped('the first page', (scan) => scan.indexOf('/Page/'), 5, imports(2, 1)),
  flipped('an image', (scan) => Math.floor(scan.length / 3), 2_000, imports(2)),
  flipped(
    'its index',
    (scan) => scan.lastIndexOf('xref', scan.lastIndexOf('startxref') - 1) + 20,
    60,
    imports(2),
  ),
  flipped('its trailer', (scan) => scan.lastIndexOf('trailer'), 40, imports(2)),
]

const locked: readonly BadFile[] = [
  {
    name: 'a PDF with a user password',
    make: () => withPassword('user-password=secret'),
    fate: fails('encrypted'),
  },
  {
    name: 'a PDF with both passwords',
    make: () => withPassword('user-password=a,owner-password=b'),
    fate: fails('encrypted'),
  },
  {
    name: 'a PDF with an owner password, which opens without one',
    make: () => withPassword('owner-password=b'),
    fate: imports(1),
  },
  {
    name: 'a PDF locked by a handler that nobody knows',
    make: () =>
      writePdf(
        [CATALOG, ONE_PAGE, PAGE],
        '/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Nobody /V 1 /R 2 >>',
      ),
    fate: fails('corrupt'),
  },
]

const heavy: readonly BadFile[] = [
  {
    name: 'page contents that inflate to 300 MB of nothing',
    make: () =>
      onePage('/Contents 4 0 R', { dictionary: '/Filter /FlateDecode', data: bomb(300 * MEBIBYTE) }),
    fate: fails('corrupt'),
  },
  {
    name: 'page contents deflated twice over',
    make: () =>
      onePage('/Contents 4 0 R', {
        dictionary: '/Filter [/FlateDecode /FlateDecode]',
        data: bomb(300 * MEBIBYTE, 2),
      }),
    fate: fails('corrupt'),
  },
  {
    name: 'an image that inflates to 900 MB',
    make: () =>
      imagePage({
        dictionary:
          '/Width 30000 /Height 30000 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter [/FlateDecode /FlateDecode]',
        data: bomb(300 * MEBIBYTE, 2),
      }),
    fate: imports(1),
  },
  {
    name: 'an image that says it is 200,000 pixels wide and high',
    make: () =>
      imagePage({
        dictionary: '/Width 200000 /Height 200000 /ColorSpace /DeviceRGB /BitsPerComponent 8',
        data: 'x',
      }),
    fate: imports(1),
  },
  {
    name: 'an image with fewer pixels than none',
    make: () =>
      imagePage({
        dictionary: '/Width -5 /Height 2147483647 /ColorSpace /DeviceRGB /BitsPerComponent 8',
        data: 'x',
      }),
    fate: imports(1),
  },
  {
    name: 'a pattern that draws itself',
    make: () =>
      onePage(
        '/Contents 4 0 R /Resources << /Pattern << /P 5 0 R >> >>',
        { dictionary: '', data: '/Pattern cs /P scn 0 0 595 842 re f' },
        {
          dictionary:
            '/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 50 50] /XStep 50 /YStep 50 /Resources << /Pattern << /P 5 0 R >> >>',
          data: '/Pattern cs /P scn 0 0 50 50 re f',
        },
      ),
    fate: fails('engine-fault'),
  },
  {
    name: 'a form that draws itself',
    make: () =>
      onePage(
        '/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>',
        { dictionary: '', data: '/X Do' },
        {
          dictionary: `/Type /XObject /Subtype /Form /BBox ${A4} /Resources << /XObject << /X 5 0 R >> >>`,
          data: '/X Do /X Do',
        },
      ),
    fate: imports(1),
  },
  {
    name: 'arrays in arrays, 100,000 deep',
    make: () => onePage(`/Deep ${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    fate: fails('corrupt'),
  },
  {
    name: 'arrays in arrays in the page’s contents, 100,000 deep',
    make: () => onePage('/Contents 4 0 R', { dictionary: '', data: '['.repeat(100_000) }),
    fate: fails('corrupt'),
  },
  {
    name: 'a state saved a million times and never restored',
    make: () =>
      onePage('/Contents 4 0 R', {
        dictionary: '/Filter /FlateDecode',
        data: deflateSync(Buffer.from('q '.repeat(1_000_000))),
      }),
    fate: fails('corrupt'),
  },
]

const active: readonly BadFile[] = [
  {
    name: 'JavaScript on opening',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (while(true){}) >> >>',
        ONE_PAGE,
        PAGE,
      ]),
    fate: imports(1),
  },
  {
    name: 'a program to launch on opening',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (/bin/sh) >> >>',
        ONE_PAGE,
        PAGE,
      ]),
    fate: imports(1),
  },
  {
    name: 'an embedded file',
    make: () =>
      writePdf([
        '<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a.exe) 4 0 R] >> >> >>',
        ONE_PAGE,
        PAGE,
        '<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>',
        { dictionary: '/Type /EmbeddedFile', data: 'MZ' },
      ]),
    fate: imports(1),
  },
  {
    name: 'contents that are a file of the server',
    make: () =>
      onePage('/Contents 4 0 R', { dictionary: '/F (/etc/passwd) /FFilter /FlateDecode', data: '' }),
    fate: imports(1),
  },
]

/** Files that go wrong somewhere, each with what must become of it. */
export const badFiles: readonly BadFile[] = [
  ...notPdfs,
  ...torn,
  ...locked,
  ...oddTrees,
  ...oddBoxes,
  ...heavy,
  ...slips,
  ...active,
]

/** Files that only a clock ends. */
export const endlessFiles: readonly BadFile[] = [
  { name: 'forms that draw each other for hours', make: makeEndlessPdf, fate: fails('timeout') },
  {
    name: 'ten million curves on a page',
    make: () =>
      onePage('/Contents 4 0 R', {
        dictionary: '/Filter /FlateDecode',
        data: deflateSync(Buffer.from('0 0 m 1 900 599 1 0 842 c S '.repeat(10_000_000))),
      }),
    fate: fails('timeout'),
  },
]
